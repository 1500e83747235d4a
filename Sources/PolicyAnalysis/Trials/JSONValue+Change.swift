// Guarantees: a change that does not fit the document is an error, and never left out.
internal import Bytes
internal import StrictJSON

extension JSONValue {
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
