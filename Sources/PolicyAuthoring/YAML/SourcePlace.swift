/// A place in a text that a person wrote.
public struct SourcePlace: Hashable, Sendable {
  /// The line, from 1.
  public let line: Int
  /// The column in Unicode scalars, from 1.
  public let column: Int

  /// Names a place.
  public init(line: Int, column: Int) { (self.line, self.column) = (line, column) }
}

/// Something to say about a place in a text that a person wrote.
public struct SourceMessage: Error, Equatable, Sendable {
  /// How much it matters.
  public enum Severity: String, Sendable {
    /// The text is refused.
    case error
    /// The text says more than its author may want.
    case warning
    /// The text may leave out what its author wants.
    case hint
  }

  public let severity: Severity
  /// The name of the text, as the caller gave it.
  public let file: String
  public let place: SourcePlace
  public let message: String
  /// Nil where it is no finding of lint.
  public let code: LintCode?
  /// The line that holds the place.
  public let line: String
  /// What else is wrong: an author hears of all of it.
  private var further: [SourceMessage] = []

  init(_ severity: Severity, file: String, text: String, place: SourcePlace, message: String, code: LintCode? = nil) {
    (self.severity, self.file, self.place, self.message, self.code) = (severity, file, place, message, code)
    let lines = text.unicodeScalars.split(separator: "\n", maxSplits: place.line, omittingEmptySubsequences: false)
    line = lines.indices.contains(place.line - 1) ? String(String.UnicodeScalarView(lines[place.line - 1])) : ""
  }
}

extension SourceMessage {
  /// Several messages as one, which is thrown.
  ///
  /// - Precondition: there is one.
  static func all(_ messages: [SourceMessage]) -> SourceMessage {
    var first = messages[0]
    first.further += messages.dropFirst()
    return first
  }

  /// Each message for itself, in the order of the text where they are of one.
  public var each: [SourceMessage] {
    var first = self
    first.further = []
    let all = [first] + further.flatMap(\.each)
    guard all.allSatisfy({ $0.file == file }) else { return all }
    return all.sorted { ($0.place.line, $0.place.column) < ($1.place.line, $1.place.column) }
  }

  /// The same where warnings are errors; hints stay hints.
  public var raised: SourceMessage {
    switch severity {
    case .error, .hint: self
    case .warning: SourceMessage(.error, of: self)
    }
  }

  private init(_ severity: Severity, of other: SourceMessage) {
    self.severity = severity
    (file, place, message, code, line) = (other.file, other.place, other.message, other.code, other.line)
  }
}

extension SourceMessage: CustomStringConvertible {
  /// `file:line:column: message`, the line, and a caret under the place; so for each message.
  public var description: String { each.map(\.text).joined(separator: "\n") }

  private var text: String {
    let kind = severity == .error ? "" : "\(severity.rawValue): "
    let shown = line.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }
    let source = String(String.UnicodeScalarView(shown))
    let caret = String(repeating: " ", count: place.column - 1) + "^"
    return "\(file):\(place.line):\(place.column): \(kind)\(message)\n  \(source)\n  \(caret)"
  }
}
