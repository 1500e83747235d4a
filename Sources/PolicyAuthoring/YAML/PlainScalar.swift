internal import Bytes
internal import StrictJSON

/// A scalar without quotes, in the core schema of YAML 1.2 without what YAML 1.1 reads in another way.
enum PlainScalar {
  static func value(_ text: String, at place: SourcePlace) throws(YAMLProblem) -> JSONValue {
    let bytes = ByteString(text)
    switch bytes {
    case "", "~", "null": return .null
    case "true": return .bool(true)
    case "false": return .bool(false)
    case _: break
    }
    if let number = Int64(decimal: bytes) { return .integer(Int128(number)) }
    if let number = UInt64(decimal: bytes) { return .integer(Int128(number)) }
    if isWord(bytes) {
      throw YAMLProblem(
        place: place,
        message: "expected true, false or a string: readers of YAML disagree on \(text), write \"\(text)\" in quotes")
    }
    if isNumberLike(bytes.bytes) {
      throw YAMLProblem(
        place: place,
        message: "expected a whole decimal number or a string: write \"\(text)\" in quotes if it is a string")
    }
    return .string(bytes)
  }

  /// Words that are booleans or null in some version of YAML, in some spelling.
  private static func isWord(_ bytes: ByteString) -> Bool {
    let lower = ByteString(bytes.bytes.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 })
    let words: [ByteString] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
    return words.contains(lower)
  }

  /// Whether some version of YAML takes the text for a number: octal, hexadecimal, with `_`, fraction, exponent, base 60.
  private static func isNumberLike(_ bytes: [UInt8]) -> Bool {
    var rest = bytes[...]
    if let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { rest = rest.dropFirst() }
    if [".inf", ".nan"].contains(String(decoding: rest, as: UTF8.self).lowercased()) { return true }
    for prefix in ["0x", "0o", "0b"] where rest.starts(with: prefix.utf8) {
      return rest.dropFirst(2).allSatisfy { isHex($0) || $0 == UInt8(ascii: "_") } && rest.count > 2
    }
    let mantissa = rest.prefix { isDigit($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ":") }
    let afterPoint = rest.dropFirst(mantissa.count)
    guard mantissa.contains(where: isDigit) || afterPoint.first == UInt8(ascii: ".") else { return false }
    guard mantissa.first.map(isDigit) ?? true else { return false }
    var tail = afterPoint
    if tail.first == UInt8(ascii: ".") { tail = tail.dropFirst().drop { isDigit($0) || $0 == UInt8(ascii: "_") } }
    if let exponent = tail.first, exponent | 0x20 == UInt8(ascii: "e") {
      tail = tail.dropFirst()
      if let sign = tail.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { tail = tail.dropFirst() }
      guard !tail.isEmpty else { return false }
      tail = tail.drop(while: isDigit)
    }
    return tail.isEmpty && rest.contains(where: isDigit)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

  private static func isHex(_ byte: UInt8) -> Bool {
    isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
  }
}
