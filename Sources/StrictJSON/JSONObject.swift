public import Bytes

/// The members of a JSON object, in the order of the document; no key stands twice.
public struct JSONObject: Sendable {
  /// The members, in order.
  public private(set) var members: [(key: ByteString, value: JSONValue)]

  /// An object without members.
  public init() { members = [] }

  /// Takes the members of a dictionary, in no particular order.
  public init(_ members: [ByteString: JSONValue]) { self.members = members.map { ($0.key, $0.value) } }

  /// Takes members whose keys are known to differ.
  init(unique members: [(key: ByteString, value: JSONValue)]) { self.members = members }

  init(literal members: [(ByteString, JSONValue)]) {
    self.members = []
    for (key, value) in members {
      precondition(self[key] == nil, "a key stands twice in an object literal")
      self.members.append((key, value))
    }
  }

  /// The number of members.
  public var count: Int { members.count }

  /// The value of a key. Setting replaces the value in its place, or adds the member at the end; nil removes it.
  public subscript(key: ByteString) -> JSONValue? {
    get { members.first { $0.key == key }?.value }
    set {
      let index = members.firstIndex { $0.key == key }
      switch (index, newValue) {
      case (let index?, let value?): members[index].value = value
      case (let index?, nil): members.remove(at: index)
      case (nil, let value?): members.append((key, value))
      case (nil, nil): break
      }
    }
  }
}

extension JSONObject: Equatable {
  /// Equal members in equal order.
  public static func == (left: JSONObject, right: JSONObject) -> Bool {
    left.members.elementsEqual(right.members) { $0.key == $1.key && $0.value == $1.value }
  }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
  /// Takes members; a key that stands twice is a mistake in the program and stops it.
  public init(dictionaryLiteral members: (ByteString, JSONValue)...) { self.init(literal: members) }
}
