public import Attestation
internal import Bytes
internal import Linux
public import NodeConfiguration
public import Policy

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
  public func append(_ decision: consuming Decision) throws(DecisionLogError) -> RecordedDecision {
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
      omitted: UInt64(violations.dropFirst(DecisionRecord.maximumViolations).count))
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
      violations: [DecisionRecord.Reason(error)], omitted: 0)
    return Denial(record: try append(draft))
  }
}

/// A record that has no place in the chain yet.
struct Draft {
  let verb: Verb
  let container: ContainerID
  let entry: ByteString?
  let outcome: DecisionRecord.Outcome
  let policy: DecisionRecord.DecidingPolicy?
  let violations: [DecisionRecord.Reason]
  let omitted: UInt64

  func record(after end: ChainEnd, repaired: UInt64, at time: Timestamp) -> DecisionRecord {
    DecisionRecord(
      sequence: end.sequence + 1, time: ByteString(time.rfc3339), verb: ByteString(verb.rawValue),
      container: container.bytes, entry: entry.map(DecisionRecord.printable), outcome: outcome, policy: policy,
      violations: violations, omitted: omitted, repaired: repaired, previous: end.digest)
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
