// Guarantees: a case that could not be tried has failed.
public import Bytes
public import Policy
public import PolicyAuthoring
internal import StrictJSON

/// A file of cases, and what they come to under a policy.
public struct PolicyCaseFile {
  /// What became of a case.
  public struct Result: Sendable {
    public let name: ByteString
    /// The place of the case, as `file:line:column`.
    public let place: String
    /// What was expected and what was found; nil where they agree.
    public let failure: String?
  }

  private let document: YAMLDocument
  private let cases: [PolicyCase]

  /// Reads a file as strictly as a policy. `name` stands in messages.
  public init(_ bytes: [UInt8], named name: String) throws(SourceMessage) {
    document = try YAMLDocument(bytes, named: name)
    cases = (try document.decode() as PolicyCases).cases
  }

  /// Tries all cases.
  ///
  /// - Parameter read: the bytes of a document by its path, as it stands in the file.
  public func run(_ policy: Policy, read: (ByteString) throws -> [UInt8]) -> [Result] {
    cases.enumerated().map { index, item in
      let message = document.message(.error, at: JSONPointer(tokens: ["cases", ByteString("\(index)"), "name"]), "")
      let failure: String?
      do { failure = try item.failure(policy, read) } catch { failure = "\(error)" }
      return Result(
        name: item.name, place: "\(message.file):\(message.place.line):\(message.place.column)", failure: failure)
    }
  }
}

extension PolicyCase {
  /// What is not as expected.
  fileprivate func failure(_ policy: Policy, _ read: (ByteString) throws -> [UInt8]) throws -> String? {
    let explanation = try Trial(try trialCommand(read), id: id, entry: container, running: running, launched: launched)
      .explain(policy)
    let evaluation = explanation.evaluation
    let found: Decision = evaluation.isAdmitted ? .admit : .deny
    let reasons = evaluation.violations.map { "\n  \($0)" }.joined()
    guard found == expectation.decision else {
      return "expected \(expectation.decision.rawValue), got \(found.rawValue)\(reasons)"
    }
    if let entry = expectation.entry, evaluation.entry != entry {
      return "expected the entry \(entry), got \(evaluation.entry?.description ?? "none")\(reasons)"
    }
    let isThere = evaluation.violations.contains { violation in
      (expectation.code == nil || violation.code == expectation.code)
        && (expectation.pointer == nil || violation.pointer == expectation.pointer)
    }
    guard found == .admit || isThere else {
      let place = expectation.pointer.map { " at \($0)" } ?? ""
      return "expected \(expectation.code?.rawValue ?? "a violation")\(place), got\(reasons)"
    }
    return nil
  }

  private func trialCommand(_ read: (ByteString) throws -> [UInt8]) throws -> Trial.Command {
    switch command {
    case .create: .create(try changed(read))
    case .exec: .exec(try changed(read))
    case .update: .update(try changed(read))
    case .start: .start
    case .kill: .kill(signal?.number ?? 0)
    case .pause: .pause
    case .resume: .resume
    case .delete: .delete
    }
  }

  /// The document with its changes: first what is laid over it, then one change after the other.
  private func changed(_ read: (ByteString) throws -> [UInt8]) throws -> JSONValue {
    var value: JSONValue =
      switch document {
      case .inline(let value): value
      case .file(let path): try StrictJSON.decode(from: try read(path), named: path.description)
      case nil: [:]
      }
    if let merge { value = value.merging(merge) }
    for change in changes { value = try value.applying(change.operation, at: change.path) }
    return value
  }
}
