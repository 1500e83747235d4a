public import Bytes
internal import Linux

/// What the control plane passes on of a refusal: the line that ward wrote, wherever it stands in somebody else's text.
public struct DenialMessage: Hashable, Sendable {
  /// `name@version`; nil where no policy was attested.
  public let policy: String?
  public let verb: String
  /// The container's entry, or its id where none was found.
  public let container: String
  public let code: String
  public let pointer: String
  public let expected: String
  public let actual: String
  public let further: UInt64
  public let record: UInt64

  /// Finds the messages in a text. Around them may stand anything; quotation marks may have any number of backslashes
  /// before them, as logs have that quote what they were told.
  public static func find(in text: ByteString) -> [DenialMessage] {
    var messages: [DenialMessage] = []
    var rest = text.bytes[...]
    let mark = Array("permission denied".utf8)
    while let start = Array(rest).span.firstIndex(of: mark) {
      rest = rest.dropFirst(start + mark.count)
      // Beyond twice its length even with every mark escaped some times over.
      var parser = MessageParser(rest.prefix(4096))
      if let message = parser.message() { messages.append(message) }
    }
    return messages
  }
}

/// Reads one message, from behind `permission denied`.
private struct MessageParser {
  private var rest: ArraySlice<UInt8>

  init(_ text: ArraySlice<UInt8>) { rest = text }

  mutating func message() -> DenialMessage? {
    let policy = pass(" by policy ") ? until(":") : nil
    if policy == nil { guard pass(":") else { return nil } }
    guard pass(" "), let verb = until(" "), passQuote(), let container = untilQuote(), pass(": "),
      let code = take({ (0x41...0x5A).contains($0) || $0 == 0x2D }), code.hasPrefix("WARD-")
    else { return nil }
    let pointer = pass(" at ") ? until(": expected ") : pass(": expected ") ? "" : nil
    guard let pointer, let reasons = until("; record "), let record = take({ (0x30...0x39).contains($0) }),
      let number = UInt64(record)
    else { return nil }
    // `expected X, got Y; N further violations`: what was found comes last, and is told by ward in its own words.
    var parts = reasons
    var further: UInt64 = 0
    if let place = Self.last("; ", in: parts), parts[place...].contains("further violation") {
      further = UInt64(parts[place...].dropFirst(2).prefix { $0.isASCII && $0.isNumber }) ?? 0
      parts = String(parts[..<place])
    }
    guard let got = Self.last(", got ", in: parts) else { return nil }
    return DenialMessage(
      policy: policy, verb: verb, container: container, code: code, pointer: pointer,
      expected: Self.unquoted(String(parts[..<got])), actual: Self.unquoted(String(parts[got...].dropFirst(6))),
      further: further, record: number)
  }

  private static func last(_ mark: String, in text: String) -> String.Index? { text.ranges(of: mark).last?.lowerBound }

  /// Without the backslashes that others put before quotation marks.
  private static func unquoted(_ text: String) -> String {
    var result = ""
    var backslashes = 0
    for character in text.unicodeScalars {
      if character == "\\" {
        backslashes += 1
        continue
      }
      if character != "\"" { result += String(repeating: "\\", count: backslashes) }
      backslashes = 0
      result.unicodeScalars.append(character)
    }
    return result + String(repeating: "\\", count: backslashes)
  }

  private mutating func pass(_ text: String) -> Bool {
    guard rest.starts(with: text.utf8) else { return false }
    rest = rest.dropFirst(text.utf8.count)
    return true
  }

  private mutating func until(_ mark: String) -> String? {
    guard let place = Array(rest).span.firstIndex(of: Array(mark.utf8)) else { return nil }
    let text = String(decoding: rest.prefix(place), as: UTF8.self)
    rest = rest.dropFirst(place + mark.utf8.count)
    return text
  }

  private mutating func passQuote() -> Bool {
    rest = rest.drop { $0 == UInt8(ascii: "\\") }
    return pass("\"")
  }

  private mutating func untilQuote() -> String? {
    guard var text = until("\"") else { return nil }
    while text.hasSuffix("\\") { text.removeLast() }
    return text
  }

  private mutating func take(_ isPart: (UInt8) -> Bool) -> String? {
    let part = rest.prefix(while: isPart)
    rest = rest.dropFirst(part.count)
    return part.isEmpty ? nil : String(decoding: part, as: UTF8.self)
  }
}
