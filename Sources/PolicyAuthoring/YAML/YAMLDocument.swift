internal import Bytes
package import StrictJSON
internal import Yams

/// A YAML document that has one reading, as a JSON value whose parts know their places in the text.
///
/// Beyond YAML 1.2 it refuses whatever two readers could take in two ways: anchors, aliases, tags, merge keys, keys
/// that stand twice, several documents, and plain scalars that only some versions of YAML take for numbers or booleans.
package struct YAMLDocument {
  let file: String
  /// The text as it was read.
  let text: String
  package let value: JSONValue
  private let places: [JSONPointer: YAMLPlaces]

  /// The greatest size of a text in bytes.
  package static let sizeLimit = 4 << 20

  /// Reads a text that holds one document.
  package init(_ bytes: [UInt8], named file: String) throws(SourceMessage) {
    let text = try YAMLDocument.text(of: bytes, named: file)
    let reader = try YAMLDocument.reading(text, named: file) { try YAMLReader(try $0.singleRoot()) }
    self.init(reader, of: text, named: file)
  }

  /// Reads a text that may hold several documents; those without a value are left out.
  static func documents(_ bytes: [UInt8], named file: String) throws(SourceMessage) -> [YAMLDocument] {
    let text = try YAMLDocument.text(of: bytes, named: file)
    let readers = try YAMLDocument.reading(text, named: file) { parser in
      var readers: [YAMLReader] = []
      while let root = try parser.nextRoot() { readers.append(try YAMLReader(root)) }
      return readers
    }
    return readers.filter { $0.value != .null }.map { YAMLDocument($0, of: text, named: file) }
  }

  private init(_ reader: YAMLReader, of text: String, named file: String) {
    (self.file, self.text, value, places) = (file, text, reader.value, reader.places)
  }

  /// Reads the nodes of a text; what the parser finds is told with its place.
  static func reading<Value>(
    _ text: String, named file: String, _ read: (Parser) throws -> Value
  ) throws(SourceMessage) -> Value {
    do {
      // The parser owns the anchors: nodes hold them weakly, so it must outlive the reading.
      let parser = try Parser(yaml: text, resolver: .basic, encoding: .utf8)
      return try withExtendedLifetime(parser) { try read(parser) }
    } catch let problem as YAMLProblem {
      throw SourceMessage(.error, file: file, text: text, place: problem.place, message: problem.message)
    } catch {
      let problem = YAMLProblem(parserError: error, in: text)
      throw SourceMessage(.error, file: file, text: text, place: problem.place, message: problem.message)
    }
  }

  private static func text(of bytes: [UInt8], named file: String) throws(SourceMessage) -> String {
    func error(_ message: String, at offset: Int) -> SourceMessage {
      let before = bytes[..<offset]
      let newline = UInt8(ascii: "\n")
      let start = before.lastIndex(of: newline).map { $0 + 1 } ?? 0
      let column = String(decoding: bytes[start..<offset], as: UTF8.self).unicodeScalars.count + 1
      return SourceMessage(
        .error, file: file, text: String(decoding: bytes, as: UTF8.self),
        place: SourcePlace(line: before.count { $0 == newline } + 1, column: column), message: message)
    }
    guard bytes.count <= sizeLimit else {
      throw error("expected at most \(sizeLimit) bytes, found \(bytes.count)", at: 0)
    }
    guard !bytes.starts(with: [0xEF, 0xBB, 0xBF]) else { throw error("expected no byte order mark", at: 0) }
    do {
      _ = try UTF8Span(validating: bytes.span)
    } catch let problem {
      throw error("expected UTF-8, found bytes that are none", at: problem.byteOffsets.lowerBound)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Reads the value as a type; errors are said in the words of YAML, at the places in the text, all of them at once.
  package func decode<Value: JSONDecodable>(_ type: Value.Type = Value.self) throws(SourceMessage) -> Value {
    do { return try value.convertFindingAll(Value.init(json:)) } catch { throw message(error) }
  }

  /// What an error in the value means for the author.
  package func message(_ error: JSONError) -> SourceMessage { .all(error.each.map(messageOfOne)) }

  private func messageOfOne(_ error: JSONError) -> SourceMessage {
    let place: SourcePlace
    let text: String
    let key = error.pointer.tokens.last.map { "\"\($0)\"" } ?? "the document"
    switch error.problem {
    case .unknownField(let near):
      place = keyPlace(of: error.pointer)
      text = "unknown key \(key)" + (near.map { ", did you mean \"\($0)\"?" } ?? "")
    case .missing:
      place = keyPlace(of: error.pointer)
      text = "expected the key \(key), found nothing"
    case .duplicateKey:
      place = keyPlace(of: error.pointer)
      text = "expected each key once, found \(key) twice"
    case .type(let expected, let found):
      place = valuePlace(of: error.pointer)
      text = "expected \(yamlName(of: expected)), found \(yamlName(of: found))" + quotingHint(error, expected)
    case .syntax, .limit, .value, .refused:
      place = valuePlace(of: error.pointer)
      text = error.problem.description
    }
    return message(.error, at: place, text)
  }

  /// Says something about the value at a pointer, or about what holds it where it is not written.
  package func message(_ severity: SourceMessage.Severity, at pointer: JSONPointer, _ text: String) -> SourceMessage {
    message(severity, at: keyPlace(of: pointer), text)
  }

  /// Says what lint finds, in the same places.
  package func message(_ code: LintCode, at pointer: JSONPointer, _ text: String) -> SourceMessage {
    message(code.severity, at: keyPlace(of: pointer), text, code)
  }

  private func message(
    _ severity: SourceMessage.Severity, at place: SourcePlace, _ text: String, _ code: LintCode? = nil
  ) -> SourceMessage {
    SourceMessage(severity, file: file, text: self.text, place: place, message: text, code: code)
  }

  private func valuePlace(of pointer: JSONPointer) -> SourcePlace {
    places[pointer]?.value ?? keyPlace(of: pointer)
  }

  /// The place of the key, or of the innermost part around it that is written.
  private func keyPlace(of pointer: JSONPointer) -> SourcePlace {
    var tokens = pointer.tokens
    while true {
      if let places = places[JSONPointer(tokens: tokens)] { return places.key ?? places.value }
      guard tokens.popLast() != nil else { return SourcePlace(line: 1, column: 1) }
    }
  }

  /// How to write a text that YAML takes for something else.
  private func quotingHint(_ error: JSONError, _ expected: String) -> String {
    guard expected == "string" else { return "" }
    switch value[error.pointer] {
    case .integer(let number): return ": write \"\(number)\" in quotes"
    case .bool(let bool): return ": write \"\(bool)\" in quotes"
    case .null, .string, .array, .object, nil: return ""
    }
  }

  private func yamlName(of type: String) -> String {
    switch type {
    case "object": "a mapping"
    case "array": "a list"
    case "null": "nothing"
    case "string", "number", "boolean": "a \(type)"
    case _: type
    }
  }
}

/// Where a value stands.
struct YAMLPlaces {
  /// Of the key before the value; nil in a list and for the whole document.
  let key: SourcePlace?
  let value: SourcePlace
}
