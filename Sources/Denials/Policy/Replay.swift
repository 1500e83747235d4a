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

  /// Tries a command.
  ///
  /// - Parameters:
  ///   - entry: of the container, for commands other than `create`; by default as the record has it.
  ///   - running: entries of which a container runs besides.
  public init(
    _ command: HeldCommand, _ policy: Policy, entry: ByteString? = nil, running: [ByteString] = []
  ) throws(HeldCommand.Problem) {
    self.command = command
    let asked = try command.command()
    do {
      if case .create = asked {
        trial = try Trial(asked, id: command.record.container, running: running)
      } else {
        guard let entry = entry ?? command.record.entry?.split(UInt8(ascii: "/")).first else {
          throw HeldCommand.Problem.entryUnknown(
            record: command.record.sequence, container: command.record.container)
        }
        trial = try Trial(asked, id: command.record.container, entry: entry, running: running)
      }
      explanation = try trial.explain(policy)
    } catch let problem as HeldCommand.Problem {
      throw problem
    } catch let error as JSONError {
      throw .form(error)
    } catch {
      throw .form(JSONError(.refused("\(error)")))
    }
    let evaluation = explanation.evaluation
    guard !evaluation.violations.isEmpty else {
      (certain, uncertain) = ([], [])
      verdict = .admitted
      return
    }
    let split = Dictionary(grouping: evaluation.violations) { command.isRedacted($0.pointer) && $0.code.hangsOnValue }
    (certain, uncertain) = (split[false] ?? [], split[true] ?? [])
    // Under a policy that audits a command is admitted whatever the entries say.
    verdict = evaluation.isAdmitted ? .admitted : certain.isEmpty ? .undecided : .denied
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
