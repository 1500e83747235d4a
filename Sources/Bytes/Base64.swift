/// Base64 with the standard alphabet and padding (RFC 4648, section 4).
public enum Base64 {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// The value of each character; 255 where it has none.
  private static let values: [UInt8] = {
    var values = [UInt8](repeating: 255, count: 256)
    for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
    return values
  }()

  /// The padded text of the bytes.
  public static func encode(_ bytes: [UInt8]) -> ByteString {
    var text = [UInt8](repeating: UInt8(ascii: "="), count: (bytes.count + 2) / 3 * 4)
    let alphabet = alphabet
    var (source, target) = (0, 0)
    while source < bytes.count {
      let count = min(3, bytes.count - source)
      var bits = UInt32(bytes[source]) << 16
      if count > 1 { bits |= UInt32(bytes[source + 1]) << 8 }
      if count > 2 { bits |= UInt32(bytes[source + 2]) }
      for position in 0...count { text[target + position] = alphabet[Int(bits >> UInt32(18 - 6 * position) & 63)] }
      source += 3
      target += 4
    }
    return ByteString(text)
  }

  /// The bytes of canonical text, or nil: missing padding, foreign characters and unused bits that are not zero
  /// are refused, so that no two texts stand for the same bytes.
  public static func decode(_ text: ByteString) -> [UInt8]? {
    let characters = text.bytes
    guard characters.count.isMultiple(of: 4) else { return nil }
    let values = values
    let padding = characters.suffix(2).reversed().prefix { $0 == UInt8(ascii: "=") }.count
    var bytes: [UInt8] = []
    bytes.reserveCapacity(characters.count / 4 * 3)
    var bits: UInt32 = 0
    for (index, character) in characters.dropLast(padding).enumerated() {
      let value = values[Int(character)]
      guard value < 64 else { return nil }
      bits = bits << 6 | UInt32(value)
      // After the second, third and fourth character of four there is another byte.
      switch index & 3 {
      case 1: bytes.append(UInt8(truncatingIfNeeded: bits >> 4))
      case 2: bytes.append(UInt8(truncatingIfNeeded: bits >> 2))
      case 3: bytes.append(UInt8(truncatingIfNeeded: bits))
      case _: break
      }
    }
    let unused: UInt32 = padding == 1 ? 0b11 : padding == 2 ? 0b1111 : 0
    return bits & unused == 0 ? bytes : nil
  }
}
