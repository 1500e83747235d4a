public import Bytes
internal import DecisionLog
public import Policy
public import PolicyAnalysis
internal import StrictJSON

/// A command of the log, held against a policy again: would it admit it?
///
/// What decides is the evaluator of the runtime, on a node with the sandbox that the command names. A value that the
/// record left out is not guessed: where the decision hangs on it, the answer is that it does.
public struct Replay: Sendable {
  /// What the policy says.
  public enum Verdict: String, Sendable {
    case admitted, denied
    /// It depends on values that the record does not hold.
    case undecided
  }

  public let command: HeldCommand
  public let trial: Trial
  public let explanation: Explanation
  public let verdict: Verdict
  /// Violations that hold whatever the values are that the record left out.
  public let certain: [Violation]
  /// Violations that another value may not have.
  public let uncertain: [Violation]

  /// Names of the policy, such as `pod.name`, of which nothing is known: the decision hangs on what they stand for in the
  /// container.
  public let unknownNames: [ByteString]

  /// Tries a command.
  public init(
    _ command: HeldCommand, _ policy: Policy, in surroundings: Surroundings = Surroundings()
  ) throws(HeldCommand.Problem) {
    self.command = command
    (trial, explanation) = try Self.explain(command, policy, in: surroundings)
    let evaluation = explanation.evaluation
    let split = Dictionary(grouping: evaluation.violations) { command.isRedacted($0.pointer) && $0.code.hangsOnValue }
    (certain, uncertain) = (split[false] ?? [], split[true] ?? [])
    guard evaluation.violations.isEmpty else {
      unknownNames = []
      // Under a policy that audits a command is admitted whatever the entries say.
      verdict = evaluation.isAdmitted ? .admitted : certain.isEmpty ? .undecided : .denied
      return
    }
    unknownNames = try Self.unknownNames(command, policy, in: surroundings)
    verdict = unknownNames.isEmpty ? .admitted : .undecided
  }

  private static func explain(
    _ command: HeldCommand, _ policy: Policy, in surroundings: Surroundings
  ) throws(HeldCommand.Problem) -> (Trial, Explanation) {
    let asked = try command.command()
    let record = command.record
    let entry: ByteString?
    if case .create = asked {
      entry = nil
    } else {
      entry = surroundings.entry ?? record.entry?.split(UInt8(ascii: "/")).first
      guard entry != nil else { throw .entryUnknown(record: record.sequence, container: record.container) }
    }
    do {
      let trial = try Trial(
        asked, id: record.container, entry: entry, running: surroundings.running, names: surroundings.names)
      return (trial, try trial.explain(policy))
    } catch { throw .form(error) }
  }

  /// A process that is added must agree with its container in the names of the policy. One that is not known takes
  /// whatever value the process has; with a value that nothing has it shows whether that matters.
  private static func unknownNames(
    _ command: HeldCommand, _ policy: Policy, in surroundings: Surroundings
  ) throws(HeldCommand.Problem) -> [ByteString] {
    let entry = surroundings.entry ?? command.record.entry?.split(UInt8(ascii: "/")).first
    guard command.record.verb == "exec", let entry else { return [] }
    var unknown: [ByteString] = []
    for name in policy.namesBound(by: entry).sorted() where surroundings.names[name] == nil && name != "container.id" {
      var others = surroundings
      others.names[name] = ""
      if try !explain(command, policy, in: others).1.evaluation.violations.isEmpty { unknown.append(name) }
    }
    return unknown
  }
}

extension ViolationCode {
  /// Whether another value at the same place could be admitted.
  fileprivate var hangsOnValue: Bool {
    switch self {
    case .environmentValue, .arguments, .annotation, .imageReference, .mountSource, .mountOptions, .hostname: true
    case _: false
    }
  }
}
