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
    let (source, alphabet) = (bytes.span, alphabet.span)
    func character(_ bits: UInt32, _ position: UInt32) -> UInt8 { alphabet[Int(bits >> (18 - 6 * position) & 63)] }
    let whole = source.count / 3
    let text = [UInt8](capacity: (source.count + 2) / 3 * 4) { text in
      for group in 0..<whole {
        let bits =
          UInt32(source[3 * group]) << 16 | UInt32(source[3 * group + 1]) << 8 | UInt32(source[3 * group + 2])
        for position in 0..<4 as Range<UInt32> { text.append(character(bits, position)) }
      }
      // One or two bytes are two or three characters, and padding.
      let rest = source.count - 3 * whole
      guard rest > 0 else { return }
      let bits = UInt32(source[3 * whole]) << 16 | (rest > 1 ? UInt32(source[3 * whole + 1]) << 8 : 0)
      for position in 0...UInt32(rest) { text.append(character(bits, position)) }
      text.append(repeating: UInt8(ascii: "="), count: 3 - rest)
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
    var bytes = [UInt8](repeating: 0, count: characters.count / 4 * 3 - padding)
    let whole = (characters.count - padding) / 4
    for group in 0..<whole {
      let (source, target) = (4 * group, 3 * group)
      let first = values[Int(characters[source])], second = values[Int(characters[source + 1])]
      let third = values[Int(characters[source + 2])], fourth = values[Int(characters[source + 3])]
      guard (first | second | third | fourth) < 64 else { return nil }
      bytes[target] = first << 2 | second >> 4
      bytes[target + 1] = second << 4 | third >> 2
      bytes[target + 2] = third << 6 | fourth
    }
    // With padding, two or three characters for one or two bytes.
    var bits: UInt32 = 0
    for character in characters[(4 * whole)..<(characters.count - padding)] {
      let value = values[Int(character)]
      guard value < 64 else { return nil }
      bits = bits << 6 | UInt32(value)
    }
    if padding == 1 {
      bytes[3 * whole] = UInt8(truncatingIfNeeded: bits >> 10)
      bytes[3 * whole + 1] = UInt8(truncatingIfNeeded: bits >> 2)
    } else if padding == 2 {
      bytes[3 * whole] = UInt8(truncatingIfNeeded: bits >> 4)
    }
    let unused: UInt32 = padding == 1 ? 0b11 : padding == 2 ? 0b1111 : 0
    return bits & unused == 0 ? bytes : nil
  }
}
