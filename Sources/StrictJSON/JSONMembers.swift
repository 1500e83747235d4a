public import Bytes

/// The members of an object, taken one by one; what is not taken at the end is an error.
///
/// Only ``JSONValue/decodeObject(_:)`` makes one, and it checks what is left over: no decoder can forget to.
public struct JSONMembers {
  @usableFromInline let members: [(key: ByteString, value: JSONValue)]
  @usableFromInline var isTaken: [Bool]
  @usableFromInline var known: [String] = []

  @usableFromInline init(_ object: JSONObject) {
    members = object.members
    isTaken = Array(repeating: false, count: members.count)
    known.reserveCapacity(8)
  }

  /// The value of a field that must be there. Null is a value of the wrong type, unless the type is ``JSONValue``.
  @inlinable public mutating func required<Value: JSONDecodable>(
    _ key: String, as type: Value.Type = Value.self
  ) throws(JSONError) -> Value {
    guard let value = try optional(key, as: type) else {
      throw missing(key)
    }
    return value
  }

  /// The value of a field, or nil where the field is missing. Null is not missing.
  @inlinable public mutating func optional<Value: JSONDecodable>(
    _ key: String, as type: Value.Type = Value.self
  ) throws(JSONError) -> Value? {
    guard let index = take(key) else { return nil }
    do { return try Value(json: members[index].value) } catch { throw error.under(members[index].key) }
  }

  /// Refuses a field that is known and never taken.
  public mutating func refuse(_ key: String, because reason: String) throws(JSONError) {
    known.append(key)
    guard members.contains(where: { $0.key == key }) else { return }
    throw JSONError(.refused(reason)).under(ByteString(key))
  }

  @usableFromInline mutating func take(_ key: String) -> Int? {
    known.append(key)
    guard let index = members.firstIndex(where: { $0.key == key }) else { return nil }
    isTaken[index] = true
    return index
  }

  @usableFromInline func missing(_ key: String) -> JSONError {
    // A field in nearly this spelling is the likelier mistake, and the better message.
    for (member, isTaken) in zip(members, isTaken) where !isTaken && isVariant(member.key, of: key) {
      return unknown(member.key)
    }
    return JSONError(.missing).under(ByteString(key))
  }

  @usableFromInline func finish() throws(JSONError) {
    guard let index = isTaken.firstIndex(of: false) else { return }
    throw unknown(members[index].key)
  }

  private func unknown(_ key: ByteString) -> JSONError {
    let near = known.first { isCaseVariant(key, of: $0) } ?? known.first { isOneEdit(key.bytes, from: Array($0.utf8)) }
    return JSONError(.unknownField(didYouMean: near)).under(key)
  }

  /// Whether the key is nearly the name. Short names, such as uid and gid, may be near one another.
  private func isVariant(_ key: ByteString, of name: String) -> Bool {
    isCaseVariant(key, of: name) || (name.utf8.count > 3 && isOneEdit(key.bytes, from: Array(name.utf8)))
  }

  private func isCaseVariant(_ key: ByteString, of name: String) -> Bool {
    key.count == name.utf8.count && zip(key.bytes, name.utf8).allSatisfy { $0 == $1 || lower($0) == lower($1) }
  }

  private func lower(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
  }

  /// Whether one byte added, removed, changed or swapped with its neighbour makes the one from the other.
  private func isOneEdit(_ left: [UInt8], from right: [UInt8]) -> Bool {
    guard abs(left.count - right.count) <= 1 else { return false }
    let prefix = zip(left, right).prefix { $0 == $1 }.count
    let leftRest = left[prefix...]
    let rightRest = right[prefix...]
    let isSwapped = leftRest.prefix(2).elementsEqual(rightRest.prefix(2).reversed())
    return leftRest.dropFirst().elementsEqual(rightRest.dropFirst())
      || (isSwapped && leftRest.dropFirst(2).elementsEqual(rightRest.dropFirst(2)))
      || leftRest.dropFirst().elementsEqual(rightRest) || leftRest.elementsEqual(rightRest.dropFirst())
  }
}
