internal import Bytes

extension JSONValue {
  /// The value at a place; nil where there is none.
  package subscript(pointer: JSONPointer) -> JSONValue? {
    var value = self
    for token in pointer.tokens {
      switch value {
      case .object(let object):
        guard let member = object[token] else { return nil }
        value = member
      case .array(let elements):
        guard let index = Int(decimal: token), elements.indices.contains(index) else { return nil }
        value = elements[index]
      case .null, .bool, .integer, .string: return nil
      }
    }
    return value
  }

  /// This value with another one at a place; nil takes out what is there. Objects on the way are made, and an element
  /// behind the last one is added.
  package func replacing(_ pointer: JSONPointer, with value: JSONValue?) -> JSONValue {
    guard let token = pointer.tokens.first else { return value ?? self }
    let rest = JSONPointer(tokens: Array(pointer.tokens.dropFirst()))
    switch self {
    case .object(var object):
      // Where nothing is, nothing is taken out.
      let inner = object[token] ?? (value == nil ? nil : [:])
      object[token] = rest.tokens.isEmpty ? value : inner?.replacing(rest, with: value)
      return .object(object)
    case .array(var elements):
      guard let index = Int(decimal: token), (0...elements.count).contains(index) else { return self }
      if index == elements.count {
        if let value { elements.append(JSONValue.object([:]).replacing(rest, with: value)) }
      } else if rest.tokens.isEmpty, value == nil {
        elements.remove(at: index)
      } else {
        elements[index] = elements[index].replacing(rest, with: value)
      }
      return .array(elements)
    case .null, .bool, .integer, .string: return JSONValue.object([:]).replacing(pointer, with: value)
    }
  }

  /// This value with another one laid over it, as RFC 7396 has it: null takes out.
  package func merging(_ other: JSONValue) -> JSONValue {
    guard case .object(let changes) = other else { return other }
    var object = if case .object(let object) = self { object } else { JSONObject() }
    for (key, value) in changes.members {
      object[key] = value == .null ? nil : (object[key] ?? .null).merging(value)
    }
    return .object(object)
  }

  /// What makes this value of another one when it is laid over it; nil where they are equal.
  package func mergePatch(from old: JSONValue) -> JSONValue? {
    guard case .object(let before) = old, case .object(let after) = self else { return old == self ? nil : self }
    var patch = JSONObject()
    for (key, value) in after.members {
      if let was = before[key] { patch[key] = value.mergePatch(from: was) } else { patch[key] = value }
    }
    for (key, _) in before.members where after[key] == nil { patch[key] = .null }
    return patch.count == 0 ? nil : .object(patch)
  }
}
