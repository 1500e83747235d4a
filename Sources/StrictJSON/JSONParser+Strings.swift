import Bytes

extension JSONParser {
  /// Reads a string; `index` is at the opening quotation mark.
  mutating func string() throws(JSONError) -> ByteString {
    index += 1
    let start = index
    // Nearly every string is plain ASCII: one scan, one copy.
    index = plainEnd
    if index < bytes.count, bytes[index] == UInt8(ascii: "\"") {
      index += 1
      return ByteString(Array(bytes[start..<index - 1]))
    }
    var text = Array(bytes[start..<index])
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: "\""):
        index += 1
        return ByteString(text)
      case UInt8(ascii: "\\"): text += try escape()
      case 0x20...0x7F:
        text.append(bytes[index])
        index += 1
      case 0x80...0xFF: text += try scalar()
      case _: throw unexpected("a string without raw control characters")
      }
    }
    throw unexpected("'\"'")
  }

  /// Where the plain text at `index` ends.
  private var plainEnd: Int {
    let bytes = bytes.span
    var end = index
    while end < bytes.count, Self.isPlain(bytes[end]) { end += 1 }
    return end
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    byte >= 0x20 && byte < 0x80 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
  }

  /// A character outside ASCII: well-formed UTF-8 as in the Unicode standard, table 3-7.
  private mutating func scalar() throws(JSONError) -> ArraySlice<UInt8> {
    let start = index
    let (length, second): (Int, ClosedRange<UInt8>)
    switch bytes[start] {
    case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
    case 0xE0: (length, second) = (3, 0xA0...0xBF)
    case 0xED: (length, second) = (3, 0x80...0x9F)
    case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
    case 0xF0: (length, second) = (4, 0x90...0xBF)
    case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
    case 0xF4: (length, second) = (4, 0x80...0x8F)
    case _: throw unexpected("well-formed UTF-8")
    }
    for offset in 1..<length {
      index += 1
      let range = offset == 1 ? second : 0x80...0xBF
      guard index < bytes.count, range.contains(bytes[index]) else { throw unexpected("well-formed UTF-8") }
    }
    index += 1
    return bytes[start..<index]
  }

  /// The bytes that an escape stands for; `index` is at the backslash.
  private mutating func escape() throws(JSONError) -> [UInt8] {
    let start = index
    index += 1
    guard index < bytes.count else { throw unexpected("an escape") }
    let byte: UInt8
    switch bytes[index] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): byte = bytes[index]
    case UInt8(ascii: "b"): byte = 0x08
    case UInt8(ascii: "f"): byte = 0x0C
    case UInt8(ascii: "n"): byte = 0x0A
    case UInt8(ascii: "r"): byte = 0x0D
    case UInt8(ascii: "t"): byte = 0x09
    case UInt8(ascii: "u"):
      index += 1
      return try unicodeEscape(from: start)
    case _: throw unexpected("an escape")
    }
    index += 1
    return [byte]
  }

  private mutating func unicodeEscape(from start: Int) throws(JSONError) -> [UInt8] {
    func invalid(_ expected: String) -> JSONError {
      let found = JSONError.quoted(ByteString(bytes[start..<index]))
      index = start
      return JSONError(.syntax(expected: expected, found: found))
    }
    var code = try codeUnit()
    switch code {
    case 0: throw invalid("a string without NUL")
    case 0xDC00...0xDFFF: throw invalid("a high surrogate before the low one")
    case 0xD800...0xDBFF:
      guard bytes[index...].starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]) else {
        throw invalid("a low surrogate after the high one")
      }
      index += 2
      let low = try codeUnit()
      guard (0xDC00...0xDFFF).contains(low) else { throw invalid("a low surrogate after the high one") }
      code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
    case _: break
    }
    guard let scalar = Unicode.Scalar(code) else { throw invalid("a Unicode scalar value") }
    return Array(scalar.utf8)
  }

  /// Four hexadecimal digits.
  private mutating func codeUnit() throws(JSONError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      let byte = index < bytes.count ? bytes[index] : 0
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): code = code << 4 | UInt32(byte - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"): code = code << 4 | UInt32(byte - UInt8(ascii: "a") + 10)
      case UInt8(ascii: "A")...UInt8(ascii: "F"): code = code << 4 | UInt32(byte - UInt8(ascii: "A") + 10)
      case _: throw unexpected("a hexadecimal digit")
      }
      index += 1
    }
    return code
  }
}
