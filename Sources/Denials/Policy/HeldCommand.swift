public import Bytes
public import DecisionLog
internal import Digest
public import PolicyAnalysis
public import StrictJSON

/// The command of a record, so that it can be tried again: what was redacted is marked, and can be filled in.
public struct HeldCommand: Sendable {
  /// Why a record cannot be tried again.
  public enum Problem: Error, Equatable, Sendable, CustomStringConvertible {
    case notHeld(record: UInt64)
    case otherDocument(record: UInt64, expected: ByteString, actual: ByteString)
    case noSuchValue(name: ByteString)
    case form(JSONError)
    case entryUnknown(record: UInt64, container: ByteString)

    public var description: String {
      switch self {
      case .notHeld(let record):
        "record \(record) does not hold its command: give the document by --document, or set decisionLog.commands"
      case .otherDocument(let record, let expected, let actual):
        "the document is not that of record \(record): expected digest \(expected), found \(actual)"
      case .noSuchValue(let name): "no value of \"\(name)\" was left out of the record"
      case .form(let error): "\(error)"
      case .entryUnknown(let record, let container):
        "record \(record): the log does not hold how container \(container) was made: name its entry by --entry"
      }
    }
  }

  public let record: DecisionRecord
  /// As the log has it: `config`, `process` or `resources`, and what stands beside.
  private var members: JSONObject
  /// Places in it whose value is not known.
  public private(set) var redacted: [JSONPointer]

  /// Takes the command out of a record.
  public init(_ record: DecisionRecord) throws(Problem) {
    guard let request = record.request else { throw .notHeld(record: record.sequence) }
    self.record = record
    do throws(JSONError) {
      members = try JSONObject(json: try StrictJSON.parse(request.bytes, named: "record \(record.sequence)"))
      let texts: [ByteString] = if let list = members["redacted"] { try [ByteString](json: list) } else { [] }
      redacted = texts.compactMap { text in JSONPointer(text) }
    } catch { throw .form(error) }
    members["redacted"] = nil
  }

  /// The command of a record that does not hold it, by the document that somebody says was sent.
  public init(_ record: DecisionRecord, sent document: JSONValue) throws(Problem) {
    guard let key = Self.key(record.verb) else { throw .notHeld(record: record.sequence) }
    self.record = record
    members = JSONObject([key: document])
    redacted = []
  }

  /// The name of the document's member.
  private static func key(_ verb: ByteString) -> ByteString? {
    switch verb {
    case "create": "config"
    case "exec": "process"
    case "update": "resources"
    case _: nil
    }
  }

  /// Puts the document in place that was sent: config.json or process.json.
  ///
  /// - Throws: ``Problem/otherDocument(record:expected:actual:)`` where the record's digest says that it is another one.
  public mutating func fill(document: JSONValue) throws(Problem) {
    guard let key = Self.key(record.verb) else { return }
    members[key] = document
    redacted = []
    let digest = ByteString(Hex.encode(HashAlgorithm.sha256.digest(of: CanonicalJSON.encode(.object(members))).bytes))
    guard let expected = record.requestDigest, expected == digest else {
      throw .otherDocument(record: record.sequence, expected: record.requestDigest ?? "none", actual: digest)
    }
  }

  /// Puts the value of a variable in place that was left out.
  public mutating func fill(variable name: ByteString, value: ByteString) throws(Problem) {
    guard
      let index = redacted.firstIndex(where: { place in
        guard place.tokens.dropLast().last == "env", case .string(let text)? = found(at: place) else { return false }
        return text.hasPrefix(name + "=")
      })
    else { throw .noSuchValue(name: name) }
    set(redacted[index], .string(name + "=" + value))
  }

  /// Puts an argument in place that was left out.
  public mutating func fill(argument index: Int, value: ByteString) throws(Problem) {
    guard let place = redacted.first(where: { $0.tokens.suffix(2) == ["args", ByteString("\(index)")] }) else {
      throw .noSuchValue(name: ByteString("args/\(index)"))
    }
    set(place, .string(value))
  }

  private func found(at place: JSONPointer) -> JSONValue? { JSONValue.object(members)[place] }

  /// The name of the variable at a place.
  func variable(at place: JSONPointer) -> ByteString? {
    guard case .string(let text)? = found(at: place) else { return nil }
    return text.splitFirst(UInt8(ascii: "="))?.0
  }

  private mutating func set(_ place: JSONPointer, _ value: JSONValue) {
    if case .object(let changed) = JSONValue.object(members).replacing(place, with: value) { members = changed }
    redacted.removeAll { $0 == place }
  }

  /// What was asked for, with what was left out still in its short form.
  public func command() throws(Problem) -> Trial.Command { try observed().command }

  /// The same, with whom it is about.
  func observed() throws(Problem) -> ObservedCommand {
    do {
      return try ObservedCommand(
        record: record.sequence, verb: record.verb, id: record.container, entry: record.entry,
        request: .object(members))
    } catch { throw .form(error) }
  }

  /// The sandbox that a container is made in, as its annotations have it.
  var sandbox: ByteString? { PodAnnotations(of: members["config"]).sandboxID }

  /// Whether the value at a place of a violation is not known.
  func isRedacted(_ pointer: JSONPointer) -> Bool {
    guard let key = Self.key(record.verb) else { return false }
    return redacted.contains(JSONPointer(tokens: [key] + pointer.tokens))
  }
}
