import Bytes
import StrictJSON

/// The part of JSON Schema (2020-12) that the published schema uses; any other keyword is an error.
struct SchemaValidator {
  struct Unknown: Error { let keyword: String }

  let schema: JSONValue

  /// Whether a value is what the schema describes.
  func admits(_ value: JSONValue) throws -> Bool { try admits(value, schema) }

  /// All names of members that the schema knows.
  var keys: Set<ByteString> { Self.keys(of: schema) }

  private static func keys(of schema: JSONValue) -> Set<ByteString> {
    switch schema {
    case .object(let object):
      var keys = object.members.reduce(into: Set<ByteString>()) { $0.formUnion(Self.keys(of: $1.value)) }
      if case .object(let properties)? = object["properties"] { keys.formUnion(properties.members.map(\.key)) }
      return keys
    case .array(let elements): return elements.reduce(into: []) { $0.formUnion(Self.keys(of: $1)) }
    case .null, .bool, .integer, .string: return []
    }
  }

  private func admits(_ value: JSONValue, _ schema: JSONValue) throws -> Bool {
    let rules = try JSONObject(json: schema)
    for (keyword, rule) in rules.members {
      let isMet: Bool
      switch (keyword, rule, value) {
      case ("$schema", _, _), ("title", _, _), ("description", _, _), ("$defs", _, _): isMet = true
      case ("$ref", .string(let text), _): isMet = try admits(value, try definition(text))
      case ("type", .string(let type), _): isMet = Self.isType(type, value)
      case ("const", _, _): isMet = value == rule
      case ("enum", .array(let values), _): isMet = values.contains(value)
      case ("anyOf", .array(let schemas), _): isMet = try schemas.contains { try admits(value, $0) }
      case ("properties", .object(let schemas), .object(let object)):
        isMet = try schemas.members.allSatisfy { key, schema in
          try object[key].map { try admits($0, schema) } ?? true
        }
      case ("required", .array(let names), .object(let object)):
        isMet = names.allSatisfy { if case .string(let name) = $0 { object[name] != nil } else { false } }
      case ("additionalProperties", _, .object(let object)):
        var known: [ByteString] = []
        if case .object(let properties)? = rules["properties"] { known = properties.members.map(\.key) }
        let others = object.members.filter { !known.contains($0.key) }
        isMet = try others.allSatisfy { try rule != false && admits($0.value, rule) }
      case ("items", _, .array(let elements)): isMet = try elements.allSatisfy { try admits($0, rule) }
      case ("minItems", .integer(let count), .array(let elements)): isMet = elements.count >= Int(count)
      case ("maxItems", .integer(let count), .array(let elements)): isMet = elements.count <= Int(count)
      case ("minimum", .integer(let bound), .integer(let number)): isMet = number >= bound
      case ("maximum", .integer(let bound), .integer(let number)): isMet = number <= bound
      case ("properties", _, _), ("required", _, _), ("additionalProperties", _, _), ("items", _, _),
        ("minItems", _, _), ("maxItems", _, _), ("minimum", _, _), ("maximum", _, _):
        isMet = true
      case _: throw Unknown(keyword: keyword.description)
      }
      guard isMet else { return false }
    }
    return true
  }

  private func definition(_ reference: ByteString) throws -> JSONValue {
    var found = schema
    for name in reference.split(UInt8(ascii: "/")).dropFirst() {
      guard case .object(let object) = found, let next = object[name] else {
        throw Unknown(keyword: reference.description)
      }
      found = next
    }
    return found
  }

  private static func isType(_ type: ByteString, _ value: JSONValue) -> Bool {
    switch value {
    case .null: type == "null"
    case .bool: type == "boolean"
    case .integer: type == "integer"
    case .string: type == "string"
    case .array: type == "array"
    case .object: type == "object"
    }
  }
}
