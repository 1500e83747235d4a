public import Attestation
internal import Bytes
internal import Digest
internal import Linux
public import NodeConfiguration
public import Policy
public import StrictJSON

/// The record of every decision on this node: lines of JSON, each with the digest of the line before.
///
/// Appending takes the same time however long the log is: only its end is read.
public struct DecisionChain: Sendable {
  let directory: ByteString
  let name: ByteString
  let maximumBytes: UInt64

  /// The log of the node's configuration.
  public init(_ configuration: NodeConfiguration.DecisionLog) {
    directory = configuration.path.parentPath
    name = configuration.path.lastPathComponent
    maximumBytes = configuration.maximumBytes
  }

  /// Only tests name the parts.
  init(directory: ByteString, name: ByteString, maximumBytes: UInt64) {
    (self.directory, self.name, self.maximumBytes) = (directory, name, maximumBytes)
  }

  /// The file that was full; there is one.
  var oldName: ByteString { name + ".1" }

  /// Records a decision and hands out what may be done.
  ///
  /// - Parameter request: the whole command; nil where the decision is about what the command found on the node.
  public func append(
    _ decision: consuming Decision, request: JSONValue? = nil
  ) throws(DecisionLogError) -> RecordedDecision {
    let evaluation = decision.evaluation
    let violations: [Violation]
    let plan: Plan?
    switch evaluation.outcome {
    case .admit(let admitted): (plan, violations) = (admitted, evaluation.violations)
    case .deny(let found): (plan, violations) = (nil, found)
    }
    let draft = Draft(
      verb: decision.verb, container: decision.container, entry: evaluation.entry,
      outcome: plan == nil ? .deny : .admit, policy: .init(decision.policy, mode: decision.mode),
      violations: violations.prefix(DecisionRecord.maximumViolations).map(DecisionRecord.Reason.init),
      omitted: UInt64(violations.dropFirst(DecisionRecord.maximumViolations).count),
      request: request.map { recorded($0, mode: decision.mode) })
    let record = try append(draft)
    guard let plan else { return .denied(Denial(record: record)) }
    return .admitted(AdmittedPlan(plan: plan, record: record.sequence))
  }

  /// Records that a command was refused because there is no attested policy.
  public func append(
    _ error: AttestationError, verb: Verb, container: ContainerID
  ) throws(DecisionLogError) -> Denial {
    let draft = Draft(
      verb: verb, container: container, entry: nil, outcome: .deny, policy: nil,
      violations: [DecisionRecord.Reason(error)], omitted: 0, request: nil)
    return Denial(record: try append(draft))
  }

  /// What a record says of a command: only a policy that audits has it written down, and only where it leaves room for
  /// others.
  private func recorded(_ request: JSONValue, mode: Policy.Mode) -> Draft.Request {
    let text = CanonicalJSON.encode(request)
    let isHeld =
      switch mode {
      case .audit: text.count <= min(UInt64(DecisionRecord.maximumRequest), maximumBytes / 4)
      case .enforce, .conformance: false
      }
    return Draft.Request(
      digest: ByteString(Hex.encode(HashAlgorithm.sha256.digest(of: text).bytes)), text: isHeld ? ByteString(text) : nil
    )
  }
}

/// A record that has no place in the chain yet.
struct Draft {
  struct Request {
    let digest: ByteString
    let text: ByteString?
  }

  let verb: Verb
  let container: ContainerID
  let entry: ByteString?
  let outcome: DecisionRecord.Outcome
  let policy: DecisionRecord.DecidingPolicy?
  let violations: [DecisionRecord.Reason]
  let omitted: UInt64
  let request: Request?

  func record(after end: ChainEnd, repaired: UInt64, at time: Timestamp) -> DecisionRecord {
    DecisionRecord(
      sequence: end.sequence + 1, time: ByteString(time.rfc3339), verb: ByteString(verb.rawValue),
      container: container.bytes, entry: entry.map(DecisionRecord.printable), outcome: outcome, policy: policy,
      violations: violations, omitted: omitted, requestDigest: request?.digest, request: request?.text,
      repaired: repaired, previous: end.digest)
  }
}

/// Where the chain ends.
struct ChainEnd: Equatable {
  /// The number of the last record; 0 before the first.
  let sequence: UInt64
  /// The digest of its line in hexadecimal digits.
  let digest: ByteString
  /// The bytes of whole lines in the file.
  let size: UInt64
  /// The bytes of an unfinished line after them.
  let unfinished: UInt64
}
