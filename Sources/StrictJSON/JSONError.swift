public import Bytes

/// What is wrong with a JSON document, and where.
public struct JSONError: Error, Equatable, Sendable {
  /// A place in the text.
  public struct Location: Equatable, Sendable {
    /// The line, from 1.
    public let line: Int
    /// The column in bytes, from 1.
    public let column: Int
    /// The number of bytes before the place.
    public let offset: Int
  }

  /// What is wrong.
  public enum Problem: Equatable, Sendable {
    /// The text is not JSON of the strict kind.
    case syntax(expected: String, found: String)
    /// A key stands twice in an object, perhaps with other escapes.
    case duplicateKey
    /// The document is larger, deeper or has more values than is taken.
    case limit(String)
    /// A value is of another JSON type.
    case type(expected: String, found: String)
    /// A value has the right type and is not one of those that are taken.
    case value(expected: String, found: String)
    /// A field that must be there is not.
    case missing
    /// A field has no meaning here; a field of nearly this name has.
    case unknownField(didYouMean: String?)
    /// A field is known and never taken.
    case refused(String)
  }

  /// The name of the document, as the caller gave it.
  public private(set) var file: String?
  /// The place in the text, where known.
  public private(set) var location: Location?
  /// The place in the document.
  public private(set) var pointer: JSONPointer
  /// What is wrong.
  public let problem: Problem
  /// What else is wrong, where whoever read a person's text went on. In what a command sends the first mistake is all.
  public private(set) var further: [JSONError] = []

  /// An error at the value that is being read; readers further out add their keys to the pointer.
  public init(_ problem: Problem, at pointer: JSONPointer = JSONPointer()) {
    self.problem = problem
    self.pointer = pointer
  }

  /// Several mistakes as one error.
  ///
  /// - Precondition: there is one.
  public static func all(_ errors: [JSONError]) -> JSONError {
    var first = errors[0]
    first.further += errors.dropFirst()
    return first
  }

  /// Each mistake for itself, in the order in which they were met.
  public var each: [JSONError] {
    var first = self
    first.further = []
    return [first] + further.flatMap(\.each)
  }

  /// The error as seen from the object that holds the value under a key.
  public func under(_ key: ByteString) -> JSONError {
    var error = self
    error.pointer = JSONPointer(tokens: [key] + pointer.tokens)
    error.further = further.map { $0.under(key) }
    return error
  }

  /// The error as seen from the array that holds the value at an index.
  public func under(_ index: Int) -> JSONError { under(ByteString(String(index))) }

  func at(_ location: Location?, of file: String?) -> JSONError {
    var error = self
    error.location = location
    error.file = file
    return error
  }

  /// A value of another JSON type.
  public static func type(expected: String, found: JSONValue) -> JSONError {
    JSONError(.type(expected: expected, found: found.kind))
  }

  /// A string that is not one of those that are taken; its text is quoted, made safe to print, and cut.
  public static func value(expected: String, found: ByteString) -> JSONError {
    JSONError(.value(expected: expected, found: quoted(found)))
  }

  /// A quoted form of outside text, safe to print and short.
  static func quoted(_ text: ByteString) -> String {
    let limit = 64
    guard text.count > limit else { return "\"\(text)\"" }
    return "\"\(ByteString(text.bytes[..<limit]))\"... (\(text.count) bytes)"
  }
}

extension JSONError: CustomStringConvertible {
  /// One line: `config.json:3:14: /process/args/2: expected string, found number`.
  public var description: String {
    var parts: [String] = []
    switch (file, location) {
    case (let file?, let location?): parts.append("\(file):\(location.line):\(location.column)")
    case (let file?, nil): parts.append(file)
    case (nil, let location?): parts.append("line \(location.line), column \(location.column)")
    case (nil, nil): break
    }
    if !pointer.tokens.isEmpty { parts.append(shortPointer) }
    parts.append(problem.description)
    return parts.joined(separator: ": ")
  }

  /// The pointer, cut where the keys are an attacker's book.
  private var shortPointer: String {
    let limit = 128
    let text = pointer.text
    return text.count > limit ? "\(ByteString(text.bytes[..<limit]))..." : text.description
  }
}

extension JSONError.Problem: CustomStringConvertible {
  /// The problem in words.
  public var description: String {
    switch self {
    case .syntax(let expected, let found), .type(let expected, let found), .value(let expected, let found):
      "expected \(expected), found \(found)"
    case .duplicateKey: "expected each key once, found it twice"
    case .limit(let limit): "expected \(limit), found more"
    case .missing: "expected the field, found nothing"
    case .unknownField(nil): "unknown field"
    case .unknownField(let near?): "unknown field, did you mean \"\(near)\"?"
    case .refused(let reason): reason
    }
  }
}
