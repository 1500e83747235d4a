public import Attestation
internal import Bytes
internal import Digest
internal import Linux
public import NodeConfiguration
public import Policy
public import StrictJSON

/// The record of every decision on this node: lines of JSON, each with the digest of the line before.
///
/// Appending takes the same time however long the log is: only its end is read. Of a flood of denials the first have
/// lines of their own, the others are counted: see ``PendingCount``.
public struct DecisionChain: Sendable {
  let directory: ByteString
  let name: ByteString
  let maximumBytes: UInt64
  let commands: NodeConfiguration.DecisionLog.Commands

  /// The log of the node's configuration.
  public init(_ configuration: NodeConfiguration.DecisionLog) {
    directory = configuration.path.parentPath
    name = configuration.path.lastPathComponent
    maximumBytes = configuration.maximumBytes
    commands = configuration.commands
  }

  /// Only tests name the parts.
  init(
    directory: ByteString, name: ByteString, maximumBytes: UInt64,
    commands: NodeConfiguration.DecisionLog.Commands = .redacted
  ) {
    (self.directory, self.name, self.maximumBytes, self.commands) = (directory, name, maximumBytes, commands)
  }

  /// The file that was full; there is one.
  var oldName: ByteString { name + ".1" }
  /// Denials that are counted, and not yet on record.
  var pendingName: ByteString { name + ".pending" }

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
      request: request.map { recorded($0, evaluation, mode: decision.mode) })
    let record = try append(draft)
    guard let plan else { return .denied(Denial(record: record)) }
    return .admitted(AdmittedPlan(plan: plan, record: record.sequence))
  }

  /// Records what a command found on the node and is not refused for.
  ///
  /// - Parameter finding: as a refusal would state it.
  public func append(found finding: consuming Decision) throws(DecisionLogError) {
    let draft = Draft(
      verb: finding.verb, container: finding.container, entry: finding.evaluation.entry, outcome: .found,
      policy: .init(finding.policy, mode: finding.mode),
      violations: finding.evaluation.violations.map(DecisionRecord.Reason.init), omitted: 0, request: nil)
    _ = try append(draft)
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

  private func recorded(_ request: JSONValue, _ evaluation: Evaluation, mode: Policy.Mode) -> Draft.Request {
    let (commands, limit) = held(evaluation, mode: mode)
    return Draft.Request(pod: request.pod) { isHeld in
      let (whole, text): ([UInt8], [UInt8]?)
      switch isHeld ? commands : .none {
      case .none: (whole, text) = (CanonicalJSON.encode(request), nil)
      case .whole:
        whole = CanonicalJSON.encode(request)
        text = whole
      case .redacted:
        // What is far too long when it is whole is not looked through.
        (whole, text) = RequestRedaction.texts(of: request, evaluation, limit: 4 * limit)
      }
      let digest = ByteString(Hex.encode(HashAlgorithm.sha256.digest(of: whole).bytes))
      return (digest, text.flatMap { $0.count <= limit ? ByteString($0) : nil })
    }
  }

  /// What a record holds of a command: all of it under a policy that audits, and what the configuration says of one that
  /// was denied; only where it leaves room for others.
  private func held(
    _ evaluation: Evaluation, mode: Policy.Mode
  ) -> (commands: NodeConfiguration.DecisionLog.Commands, limit: Int) {
    switch (mode, evaluation.isAdmitted) {
    case (.audit, _): (.whole, min(DecisionRecord.maximumRequest, Int(clamping: maximumBytes / 4)))
    case (.enforce, false): (commands, min(DecisionRecord.maximumDeniedRequest, Int(clamping: maximumBytes / 64)))
    case (.enforce, true), (.conformance, _): (.none, 0)
    }
  }
}

extension JSONValue {
  /// The pod that the annotations of containerd or CRI-O name.
  fileprivate var pod: ByteString? {
    guard case .object(let request) = self, case .object(let config)? = request["config"],
      case .object(let annotations)? = config["annotations"]
    else { return nil }
    for (space, name) in [
      ("io.kubernetes.cri.sandbox-namespace", "io.kubernetes.cri.sandbox-name"),
      ("io.kubernetes.pod.namespace", "io.kubernetes.pod.name"),
    ] as [(ByteString, ByteString)] {
      if case .string(let space)? = annotations[space], case .string(let name)? = annotations[name] {
        return DecisionRecord.printable(space + "/" + name)
      }
    }
    return nil
  }
}

/// A record that has no place in the chain yet.
struct Draft {
  struct Request {
    let pod: ByteString?
    /// The command's digest, and what the record holds of it if it does: asked for only where there is a line for it.
    let command: (_ isHeld: Bool) -> (digest: ByteString, text: ByteString?)
  }

  let verb: Verb
  let container: ContainerID
  let entry: ByteString?
  let outcome: DecisionRecord.Outcome
  let policy: DecisionRecord.DecidingPolicy?
  let violations: [DecisionRecord.Reason]
  let omitted: UInt64
  let request: Request?

  /// The record at its place in the chain.
  func record(after end: ChainEnd, repaired: UInt64, at time: Timestamp, rate: DecisionRecord.Rate?) -> DecisionRecord {
    let isDenial = outcome == .deny
    let denials = isDenial ? rate?.count ?? 0 : 0
    let command =
      denials > DecisionRecord.Rate.maximumDenials
      ? nil : request?.command(denials <= DecisionRecord.Rate.maximumCommands)
    return DecisionRecord(
      sequence: end.sequence + 1, time: ByteString(time.rfc3339), verb: ByteString(verb.rawValue),
      container: container.bytes, entry: entry.map(DecisionRecord.printable), pod: request?.pod, outcome: outcome,
      policy: policy, violations: violations, omitted: omitted, requestDigest: command?.digest,
      request: command?.text, denied: end.denied + (isDenial ? 1 : 0), counts: [:], since: nil,
      rate: rate, repaired: repaired, previous: end.digest)
  }
}

/// Where the chain ends.
struct ChainEnd: Equatable {
  /// The number of the last record; 0 before the first.
  let sequence: UInt64
  /// The digest of its line in hexadecimal digits.
  let digest: ByteString
  /// As in the last record.
  let denied: UInt64
  /// As in the last record.
  let rate: DecisionRecord.Rate?
  /// The bytes of whole lines in the file.
  var size: UInt64
  /// The bytes of an unfinished line after them.
  let unfinished: UInt64
}
