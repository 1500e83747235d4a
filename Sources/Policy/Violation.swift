import Bytes
public import StrictJSON

/// One thing in a command that the policy does not admit. All of it is safe to print: values that may be secret are
/// shown by their length, and nothing outside printable ASCII gets through.
public struct Violation: Error, Equatable, Sendable {
  public let code: ViolationCode
  /// The place in config.json or process.json; the root where the command itself is meant.
  public let pointer: JSONPointer
  /// What the policy admits, in words.
  public let expected: String
  /// What was found, in words.
  public let actual: String

  /// The most characters of what was expected and of what was found.
  private static let textLimit = 240

  /// States what is wrong. The texts are cut where they are long, and must be safe to print.
  public init(_ code: ViolationCode, at pointer: JSONPointer, expected: String, got actual: String) {
    (self.code, self.pointer) = (code, pointer)
    (self.expected, self.actual) = (Self.cut(expected), Self.cut(actual))
  }

  private static func cut(_ text: String) -> String {
    text.utf8.count <= textLimit ? text : String(decoding: text.utf8.prefix(textLimit), as: UTF8.self) + "..."
  }
}

extension Violation: CustomStringConvertible {
  /// `CODE at POINTER: expected ..., got ...`, the pointer cut where it is long.
  public var description: String {
    let place = pointer.tokens.isEmpty ? "" : " at \(Self.cut(pointer.description))"
    return "\(code.rawValue)\(place): expected \(expected), got \(actual)"
  }
}

extension ByteString {
  /// In quotes, safe to print, and short; by its length alone where it looks like a credential.
  var quoted: String {
    let limit = 96
    guard !looksLikeCredential else { return redacted }
    return count <= limit ? "\"\(self)\"" : "\"\(ByteString(bytes[..<limit]))\"... (\(count) bytes)"
  }

  /// The length alone.
  var redacted: String { "<\(count) bytes>" }
}

extension ByteString? {
  var quoted: String { self?.quoted ?? "nothing" }
}
