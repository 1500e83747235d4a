package import Bytes
internal import Policy
package import StrictJSON

/// A value as far as it is known before a pod runs: text with holes.
package struct ValueDraft: Equatable {
  package enum Part: Equatable {
    case text(ByteString)
    /// A hole of a pattern, perhaps with a name.
    case hole(ByteString, name: ByteString? = nil)
  }

  package var parts: [Part]

  package init(parts: [Part]) { self.parts = parts }

  static func exact(_ text: ByteString) -> ValueDraft { ValueDraft(parts: [.text(text)]) }

  /// A value that is one hole.
  static func hole(_ kind: ByteString) -> ValueDraft { ValueDraft(parts: [.hole(kind)]) }

  /// The text of a value without holes.
  var exact: ByteString? {
    var text: ByteString = ""
    for part in parts {
      guard case .text(let piece) = part else { return nil }
      text = text + piece
    }
    return text
  }

  /// The value with its one hole named, so that it is the same wherever the name occurs.
  func named(_ name: ByteString) -> ValueDraft {
    guard case .hole(let kind, name: nil)? = parts.first, parts.count == 1, !kind.hasPrefix("pod.") else { return self }
    return ValueDraft(parts: [.hole(kind, name: name)])
  }

  /// As the policy states it: in quotes where needed, a pattern where there is a hole.
  package func yaml() throws(JSONError) -> String {
    if let exact { return YAMLText.scalar(exact) }
    var pattern: ByteString = ""
    for part in parts {
      switch part {
      case .text(let text): pattern = pattern + text.bracesDoubled
      case .hole(let kind, name: nil): pattern = pattern + "{" + kind + "}"
      case .hole(let kind, name: let name?): pattern = pattern + "{" + name + ":" + kind + "}"
      }
    }
    do { _ = try Pattern(pattern) } catch { throw JSONError(.refused("no pattern can state \(pattern): \(error)")) }
    return "{pattern: \(YAMLText.quoted(pattern))}"
  }
}

extension ByteString {
  fileprivate var bracesDoubled: ByteString {
    ByteString(bytes.flatMap { $0 == UInt8(ascii: "{") || $0 == UInt8(ascii: "}") ? [$0, $0] : [$0] })
  }
}
