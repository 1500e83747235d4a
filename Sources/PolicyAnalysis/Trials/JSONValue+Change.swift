// Guarantees: a change that does not fit the document is an error, and never left out.
internal import Bytes
internal import StrictJSON

extension JSONValue {
  /// The value at a pointer, or nil where there is none.
  subscript(pointer: JSONPointer) -> JSONValue? {
    guard let token = pointer.tokens.first else { return self }
    let rest = JSONPointer(tokens: Array(pointer.tokens.dropFirst()))
    return switch self {
    case .object(let object): object[token]?[rest]
    case .array(let elements):
      Int(decimal: token).flatMap { elements.indices.contains($0) ? elements[$0][rest] : nil }
    case .null, .bool, .integer, .string: nil
    }
  }

  /// This value with a change at a place, as RFC 6902 has it.
  func applying(_ operation: DocumentChange.Operation, at pointer: JSONPointer) throws(JSONError) -> JSONValue {
    guard let token = pointer.tokens.first else {
      switch operation {
      case .add(let value), .replace(let value): return value
      case .remove: throw JSONError(.refused("expected a place below the root"))
      }
    }
    let rest = JSONPointer(tokens: Array(pointer.tokens.dropFirst()))
    switch self {
    case .object(var object):
      let member = object[token]
      if rest.tokens.isEmpty {
        guard member != nil || operation.isAddition else { throw JSONError(.missing).under(token) }
        object[token] = operation.value
      } else {
        guard let member else { throw JSONError(.missing).under(token) }
        do { object[token] = try member.applying(operation, at: rest) } catch { throw error.under(token) }
      }
      return .object(object)
    case .array(var elements):
      let end = operation.isAddition && rest.tokens.isEmpty ? elements.count : elements.count - 1
      let index = token == "-" && operation.isAddition ? elements.count : Int(decimal: token) ?? -1
      guard index >= 0, index <= end else { throw JSONError(.missing).under(token) }
      if rest.tokens.isEmpty {
        switch operation {
        case .add(let value): elements.insert(value, at: index)
        case .replace(let value): elements[index] = value
        case .remove: elements.remove(at: index)
        }
      } else {
        do { elements[index] = try elements[index].applying(operation, at: rest) } catch { throw error.under(token) }
      }
      return .array(elements)
    case .null, .bool, .integer, .string: throw JSONError(.missing).under(token)
    }
  }

  /// This value with another one laid over it, as RFC 7396 has it: null takes out.
  func merging(_ other: JSONValue) -> JSONValue {
    guard case .object(let changes) = other else { return other }
    var object = if case .object(let object) = self { object } else { JSONObject() }
    for (key, value) in changes.members {
      object[key] = value == .null ? nil : (object[key] ?? .null).merging(value)
    }
    return .object(object)
  }
}

/// One change of a document, as RFC 6902 has it: `add`, `replace` or `remove`.
struct DocumentChange: JSONObjectDecodable, Equatable {
  enum Operation: Equatable {
    case add(JSONValue)
    case replace(JSONValue)
    case remove

    var isAddition: Bool { if case .add = self { true } else { false } }

    var value: JSONValue? {
      switch self {
      case .add(let value), .replace(let value): value
      case .remove: nil
      }
    }
  }

  private enum Name: String, JSONEnumeration { case add, replace, remove }

  let operation: Operation
  let path: JSONPointer

  init(members: inout JSONMembers) throws(JSONError) {
    let name: Name = try members.required("op")
    let text: ByteString = try members.required("path")
    guard let path = JSONPointer(text) else {
      throw JSONError.value(expected: "a JSON pointer such as /process/env/0", found: text).under("path")
    }
    self.path = path
    switch name {
    case .add: operation = .add(try members.required("value"))
    case .replace: operation = .replace(try members.required("value"))
    case .remove: operation = .remove
    }
  }
}
