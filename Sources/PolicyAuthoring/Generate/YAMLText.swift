package import Bytes
internal import StrictJSON

/// YAML as a person would write it, in the one reading that policies admit.
package enum YAMLText {
  /// A string without quotes where that is the same string.
  package static func scalar(_ text: ByteString) -> String {
    let place = SourcePlace(line: 1, column: 1)
    let plain = String(decoding: text.bytes, as: UTF8.self)
    do {
      guard isPlain(text), try PlainScalar.value(plain, at: place) == .string(text) else { return quoted(text) }
      return plain
    } catch { return quoted(text) }
  }

  /// A string in quotes.
  static func quoted(_ text: ByteString) -> String {
    var quoted = "\""
    for scalar in String(decoding: text.bytes, as: UTF8.self).unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\t": quoted += "\\t"
      case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value):
        quoted += "\\x" + Hex.encode([UInt8(scalar.value)])
      case _ where scalar.value > 0x7E:
        let digits = String(scalar.value, radix: 16)
        quoted += "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
      case _: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }

  /// A text of several lines as a block, as it stands there; nil where a block would not show all of it.
  static func block(_ text: ByteString) -> CommentedYAML.Value? {
    let newline = UInt8(ascii: "\n")
    let ends = text.bytes.last == newline
    let lines = (ends ? ByteString(text.bytes.dropLast()) : text).split(newline).map {
      String(decoding: $0.bytes, as: UTF8.self)
    }
    let isShown = lines.allSatisfy { line in
      line.utf8.last != UInt8(ascii: " ") && line.utf8.allSatisfy { (0x20...0x7E).contains($0) }
    }
    guard lines.count > 1, isShown, let first = lines.first, !first.isEmpty, !first.hasPrefix(" "), lines.last != ""
    else { return nil }
    return .literal(lines, indicator: ends ? "|" : "|-")
  }

  /// A list in one line, or a line each where that is too long.
  package static func list(_ elements: [String], after key: String, indent: Int) -> [String] {
    let space = String(repeating: " ", count: indent)
    let line = "\(space)\(key): [\(elements.joined(separator: ", "))]"
    return line.utf8.count <= 120 ? [line] : ["\(space)\(key):"] + elements.map { "\(space)- \($0)" }
  }

  /// Whether a text needs no quotes, also in a list in brackets.
  private static func isPlain(_ text: ByteString) -> Bool {
    let special = Array("_./+%=@:~-".utf8)
    let isWord = { (byte: UInt8) in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
      case UInt8(ascii: "0")...UInt8(ascii: "9"): true
      case _: false
      }
    }
    guard let first = text.bytes.first, let last = text.bytes.last else { return false }
    let startsPlain =
      isWord(first) || [UInt8(ascii: "/"), UInt8(ascii: ".")].contains(first)
      || (first == UInt8(ascii: "-") && text.count > 1)
    return startsPlain && last != UInt8(ascii: ":")
      && !text.hasPrefix("---") && text.bytes.allSatisfy { isWord($0) || special.contains($0) }
  }
}
