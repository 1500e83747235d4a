/// Base64 with the standard alphabet and padding (RFC 4648, section 4).
public enum Base64 {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// The padded text of the bytes.
  public static func encode(_ bytes: [UInt8]) -> ByteString {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    let alphabet = alphabet
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let count = min(3, bytes.count - start)
      var bits: UInt32 = 0
      for offset in 0..<3 { bits = bits << 8 | (offset < count ? UInt32(bytes[start + offset]) : 0) }
      for position in 0..<4 {
        text.append(position <= count ? alphabet[Int(bits >> UInt32(18 - 6 * position) & 63)] : UInt8(ascii: "="))
      }
    }
    return ByteString(text)
  }

  /// The bytes of canonical text, or nil: missing padding, foreign characters and unused bits that are not zero
  /// are refused, so that no two texts stand for the same bytes.
  public static func decode(_ text: ByteString) -> [UInt8]? {
    guard text.count.isMultiple(of: 4) else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count / 4 * 3)
    for start in stride(from: 0, to: text.count, by: 4) {
      var bits: UInt32 = 0
      var padding = 0
      for offset in 0..<4 {
        let character = text.bytes[start + offset]
        if character == UInt8(ascii: "="), start + 4 == text.count, offset >= 2 {
          padding += 1
          bits <<= 6
        } else {
          guard padding == 0, let value = value(of: character) else { return nil }
          bits = bits << 6 | value
        }
      }
      for position in 0..<3 {
        let byte = UInt8(bits >> UInt32(16 - 8 * position) & 255)
        if position < 3 - padding { bytes.append(byte) } else if byte != 0 { return nil }
      }
    }
    return bytes
  }

  private static func value(of character: UInt8) -> UInt32? {
    switch character {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a")) + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0")) + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }
}
