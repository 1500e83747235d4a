import Bytes
import StrictJSON

/// A document that differs from another one in one place.
struct JSONMutation {
  enum Kind: String {
    /// Another value of the same type.
    case changed
    /// A value of another type.
    case retyped
    case removed
    /// One element more, like one that is there.
    case doubled
    /// Two neighbours have changed places.
    case moved
    /// A member that no schema has.
    case added
  }

  let place: JSONPointer
  let kind: Kind
  let value: JSONValue
}

extension JSONValue {
  /// Each place of the document in turn: every leaf changed in several ways, every element and member removed, doubled,
  /// moved, and more of them added.
  var mutations: [JSONMutation] { mutations(at: JSONPointer()) }

  private func mutations(at place: JSONPointer) -> [JSONMutation] {
    func all(_ kind: JSONMutation.Kind, _ values: [JSONValue]) -> [JSONMutation] {
      values.filter { $0 != self }.map { JSONMutation(place: place, kind: kind, value: $0) }
    }
    switch self {
    case .null: return all(.retyped, [false, 0, "", [], [:]])
    case .bool(let bool): return all(.changed, [.bool(!bool)]) + all(.retyped, [.null, 0, "true", [], [:]])
    case .integer(let number):
      return all(.changed, [.integer(number + 1), .integer(number - 1), .integer(-number - 1), .integer(.max), 0])
        + all(.retyped, [.null, true, .string(ByteString("\(number)")), [self], [:]])
    case .string(let text):
      let bytes = text.bytes
      let others: [[UInt8]] = [
        bytes + [UInt8(ascii: "x")], [UInt8(ascii: "x")] + bytes, bytes + [0], bytes + [UInt8(ascii: "\n")],
        Array(bytes.dropLast()), Array(bytes.dropFirst()), bytes.map { $0 ^ 0x20 }, Array(bytes.reversed()), [],
        bytes + bytes,
      ]
      return all(.changed, others.map { .string(ByteString($0)) }) + all(.retyped, [.null, true, 7, [self], [:]])
    case .array(let elements):
      var mutations = all(.retyped, [.null, true, 7, "", [:]])
      for (index, element) in elements.enumerated() {
        var fewer = elements
        fewer.remove(at: index)
        mutations.append(JSONMutation(place: place / index, kind: .removed, value: .array(fewer)))
        for position in Set([0, index, elements.count]).sorted() {
          var more = elements
          more.insert(element, at: position)
          mutations.append(JSONMutation(place: place / index, kind: .doubled, value: .array(more)))
        }
        if index + 1 < elements.count {
          var moved = elements
          moved.swapAt(index, index + 1)
          mutations.append(JSONMutation(place: place / index, kind: .moved, value: .array(moved)))
        }
        for mutation in element.mutations(at: place / index) {
          var changed = elements
          changed[index] = mutation.value
          mutations.append(JSONMutation(place: mutation.place, kind: mutation.kind, value: .array(changed)))
        }
      }
      return mutations
    case .object(let object):
      var mutations = all(.retyped, [.null, true, 7, "", []])
      for name in ["unheard-of", "Type", ""] as [ByteString] {
        var more = object
        more[name] = true
        mutations.append(JSONMutation(place: place, kind: .added, value: .object(more)))
      }
      for (key, member) in object.members {
        var fewer = object
        fewer[key] = nil
        mutations.append(JSONMutation(place: place / key, kind: .removed, value: .object(fewer)))
        for mutation in member.mutations(at: place / key) {
          var changed = object
          changed[key] = mutation.value
          mutations.append(JSONMutation(place: mutation.place, kind: mutation.kind, value: .object(changed)))
        }
      }
      return mutations
    }
  }
}
