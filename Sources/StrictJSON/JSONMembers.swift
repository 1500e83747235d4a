import Bytes

/// The members of an object, taken one by one; what is not taken at the end is an error.
///
/// Only ``JSONValue/decodeObject(_:)`` makes one, and it checks what is left over: no decoder can forget to.
public struct JSONMembers {
  private let members: [(key: ByteString, value: JSONValue)]
  private var isTaken: [Bool]
  private var known: [String] = []

  init(_ object: JSONObject) {
    members = object.members
    isTaken = Array(repeating: false, count: members.count)
    known.reserveCapacity(8)
  }

  /// The value of a field that must be there. Null is a value of the wrong type, unless the type is ``JSONValue``.
  public mutating func required<Value: JSONDecodable>(
    _ key: String, as type: Value.Type = Value.self
  ) throws(JSONError) -> Value {
    guard let value = try optional(key, as: type) else {
      // A field in another case is the likelier mistake, and the better message.
      if let variant = members.first(where: { isCaseVariant($0.key, of: key) }) { throw unknown(variant.key) }
      throw JSONError(.missing).under(ByteString(key))
    }
    return value
  }

  /// The value of a field, or nil where the field is missing. Null is not missing.
  public mutating func optional<Value: JSONDecodable>(
    _ key: String, as type: Value.Type = Value.self
  ) throws(JSONError) -> Value? {
    known.append(key)
    guard let index = members.firstIndex(where: { $0.key == key }) else { return nil }
    isTaken[index] = true
    do { return try Value(json: members[index].value) } catch { throw error.under(members[index].key) }
  }

  /// Refuses a field that is known and never taken.
  public mutating func refuse(_ key: String, because reason: String) throws(JSONError) {
    known.append(key)
    guard members.contains(where: { $0.key == key }) else { return }
    throw JSONError(.refused(reason)).under(ByteString(key))
  }

  func finish() throws(JSONError) {
    guard let index = isTaken.firstIndex(of: false) else { return }
    throw unknown(members[index].key)
  }

  private func unknown(_ key: ByteString) -> JSONError {
    let near = known.first { isCaseVariant(key, of: $0) } ?? known.first { isOneEdit(key.bytes, from: Array($0.utf8)) }
    return JSONError(.unknownField(didYouMean: near)).under(key)
  }

  private func isCaseVariant(_ key: ByteString, of name: String) -> Bool {
    key.count == name.utf8.count && zip(key.bytes, name.utf8).allSatisfy { $0 == $1 || lower($0) == lower($1) }
  }

  private func lower(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
  }

  /// Whether one byte added, removed or changed makes the one from the other.
  private func isOneEdit(_ left: [UInt8], from right: [UInt8]) -> Bool {
    guard abs(left.count - right.count) <= 1 else { return false }
    let prefix = zip(left, right).prefix { $0 == $1 }.count
    let leftRest = left[prefix...]
    let rightRest = right[prefix...]
    return leftRest.dropFirst().elementsEqual(rightRest.dropFirst())
      || leftRest.dropFirst().elementsEqual(rightRest) || leftRest.elementsEqual(rightRest.dropFirst())
  }
}
