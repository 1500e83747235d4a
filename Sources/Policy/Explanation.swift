public import Bytes

/// A decision with all that led to it. What explains is what decides: both are one function of ``Policy``.
public struct Explanation: Sendable {
  /// One entry that the command was held against.
  public struct Candidate: Sendable {
    /// As in ``Evaluation/entry``.
    public let entry: ByteString
    /// What the entry does not admit; empty where it admits the command.
    public let violations: [Violation]
    /// The sections that were checked, in order.
    public let trace: [Evaluation.Section]
  }

  /// What becomes of the command.
  public let evaluation: Evaluation
  /// The entries that were tried: the one with the fewest violations first.
  public let candidates: [Candidate]
  /// The entries that were not tried, since one before them admitted the command.
  public let untried: [ByteString]

  init(_ evaluation: Evaluation, tried: [Attempt], of names: [ByteString]) {
    self.evaluation = evaluation
    let candidates = tried.compactMap { attempt in
      attempt.name.map { Candidate(entry: $0, violations: attempt.violations, trace: attempt.trace) }
    }
    // The sort is not stable: entries with as many violations stay in the order of their names.
    self.candidates = candidates.sorted { ($0.violations.count, $0.entry) < ($1.violations.count, $1.entry) }
    let known = Set(candidates.map(\.entry))
    untried = candidates.isEmpty ? [] : names.filter { !known.contains($0) }
  }
}
