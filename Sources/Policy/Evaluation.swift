public import Bytes

/// What a policy says to a command, and why.
public struct Evaluation: Sendable {
  /// What becomes of the command.
  public enum Outcome: Equatable, Sendable {
    case admit(Plan)
    case deny([Violation])
  }

  /// A part of a command that was checked.
  public enum Section: String, Equatable, Sendable, CaseIterable {
    case lifecycle, namespaces, process, arguments, environment, user, capabilities, rlimits, mounts, hostname
    case annotations, sysctl, cgroup, limits, devices, paths, foreign, seccomp, gpu, signal
  }

  public let outcome: Outcome
  /// The entry that admitted the command, or the one that came closest; for `exec` as `container/exec`.
  public let entry: ByteString?
  /// What the entry does not admit; not empty also where audit mode admits the command nevertheless.
  public let violations: [Violation]
  /// The sections that were checked against the entry, in order.
  public let trace: [Section]
  /// Whether the entry wants the node's GPUs stopped when a command on it is refused.
  public internal(set) var stopsGPUs = false
  /// What the policy itself tells of the process that was checked; nil where there was none.
  public var stated: StatedValues?

  /// Whether the command is admitted.
  public var isAdmitted: Bool {
    switch outcome {
    case .admit: true
    case .deny: false
    }
  }
}

extension Evaluation {
  /// A refusal for a reason that the decision could not see: what an admitted command found on the node.
  public init(refusing violation: Violation, entry: ByteString?) {
    self.init(outcome: .deny([violation]), entry: entry, violations: [violation], trace: [])
  }
}
