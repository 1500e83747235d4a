import Bytes
@testable import Policy
@testable import PolicyAnalysis
import Testing

/// Policies that were changed at random, compared and tried with commands at random: the verdict must hold for each.
struct ComparisonPropertyTests {
  private struct Counts {
    var witnesses = 0
    var undecided = 0
    var tried = 0
    var verdicts: [PolicyComparison.Verdict: Int] = [:]
  }

  @Test(arguments: [("busybox", 11), ("busybox", 12), ("inference", 13), ("inference", 14)] as [(String, UInt64)])
  func `the verdict holds for every command, and every witness shows its difference`(name: String, seed: UInt64) throws
  {
    var generator = SeededGenerator(seed: seed)
    let base = try example(name)
    var counts = Counts()
    for _ in 0..<400 {
      var (old, new) = (base, base)
      for _ in 0..<Int.random(in: 0...1, using: &generator) { PolicyMutations.mutate(&old, &generator) }
      new = Bool.random(using: &generator) ? old : base
      for _ in 0..<Int.random(in: 0...2, using: &generator) { PolicyMutations.mutate(&new, &generator) }
      let comparison = PolicyComparison(old: old, new: new)
      counts.verdicts[comparison.verdict, default: 0] += 1
      let (before, after) = (try Bundle(old), try Bundle(new))
      try check(comparison, before, after, &counts)
      try tryCommands(comparison.verdict, before, after, &generator, &counts)
    }
    #expect(counts.witnesses > 300 && counts.tried > 6500 && counts.verdicts.count == 3, "\(counts)")
  }

  /// Each witness once more, by the evaluation alone.
  private func check(_ comparison: PolicyComparison, _ old: Bundle, _ new: Bundle, _ counts: inout Counts) throws {
    for difference in comparison.differences {
      guard let witness = difference.witness else {
        #expect(difference.kind == .undecided && difference.direction == .other)
        counts.undecided += 1
        continue
      }
      counts.witnesses += 1
      let (before, after) = try (old.evaluate(witness), new.evaluate(witness))
      switch difference.kind {
      case .admitted: #expect(!before.isAdmitted && after.isAdmitted, "\(difference)")
      case .denied: #expect(before.isAdmitted && !after.isAdmitted, "\(difference)")
      case .changed: #expect(before.isAdmitted && after.isAdmitted && before.outcome != after.outcome, "\(difference)")
      case .undecided: Issue.record("\(difference)")
      }
    }
  }

  private func tryCommands(
    _ verdict: PolicyComparison.Verdict, _ old: Bundle, _ new: Bundle, _ generator: inout SeededGenerator,
    _ counts: inout Counts
  ) throws {
    let names = Names([old.policy, new.policy])
    let scenes = [old.policy, new.policy].flatMap { policy in
      policy.entries.map { Scene(policy: policy, name: $0.name, entry: $0.entry, shape: $0.shape, names: names) }
    }
    for _ in 0..<20 {
      guard let scene = scenes.randomElement(using: &generator),
        let witness = PolicyMutations.command(scene, &generator)
      else { continue }
      counts.tried += 1
      let isAsNode = counts.tried % 8 == 0
      let (before, after) = try (old.evaluate(witness, asNode: isAsNode), new.evaluate(witness, asNode: isAsNode))
      switch (before.isAdmitted, after.isAdmitted) {
      case (false, true): #expect(verdict == .wider, "\(witness)")
      case (true, false): #expect(verdict != .equal, "\(witness)")
      case (true, true): if before.outcome != after.outcome { #expect(verdict != .equal, "\(witness)") }
      case (false, false): break
      }
    }
  }
}

/// A policy and its bundle, by which nodes decide.
private struct Bundle {
  let policy: Policy
  private let index: BundleIndex

  init(_ policy: Policy) throws {
    self.policy = policy
    let bundle = policy.canonicalBundle()
    index = try BundleIndex(bundle: bundle)
    let decoded = try Policy.decode(bundle: bundle)
    #expect(decoded == policy)
  }

  /// The decision, which the explanation and perhaps the node's decision must agree with in all their parts. A node reads
  /// the bundle anew each time, which takes most of the time.
  func evaluate(_ witness: Witness, asNode: Bool = true) throws -> Evaluation {
    let request = try witness.request()
    let evaluation = policy.evaluate(request, on: witness.node)
    let explanation = policy.explain(request, on: witness.node)
    let measured = asNode ? [try index.evaluate(request, on: witness.node)] : []
    for other in [explanation.evaluation] + measured {
      #expect(other.outcome == evaluation.outcome && other.violations == evaluation.violations)
      #expect(other.entry == evaluation.entry)
    }
    if let first = explanation.candidates.first {
      #expect(first.violations.isEmpty == evaluation.isAdmitted)
      #expect(explanation.untried.isEmpty || evaluation.isAdmitted)
    }
    return evaluation
  }
}
