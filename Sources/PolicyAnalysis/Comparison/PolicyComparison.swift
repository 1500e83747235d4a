// Guarantees: a witness is told only after both policies have been evaluated on it; `equal` only where every field was
// compared and none differs.
internal import Bytes
public import Policy
internal import StrictJSON

/// What a new policy admits that an old one denies, and the other way round.
public struct PolicyComparison: Sendable {
  /// All differences together.
  public enum Verdict: String, Sendable {
    case equal, narrower, wider
  }

  /// By field.
  public let differences: [Difference]

  public var verdict: Verdict {
    guard !differences.isEmpty else { return .equal }
    return differences.allSatisfy { $0.direction == .narrower } ? .narrower : .wider
  }

  /// Compares. The names and versions of policies, images, filters and platforms do not count.
  public init(old: Policy, new: Policy) {
    let pair = PolicyPair(old: old, new: new)
    let sorted = pair.differences.sorted { $0.order < $1.order }
    // What differs in a platform differs in each container: once is enough.
    differences = zip(sorted.indices, sorted).filter { index, difference in
      index == 0 || sorted[index - 1].order != difference.order
    }.map(\.1)
  }
}

extension Difference {
  fileprivate var order: (ByteString, String, String, String) { (field.text, kind.rawValue, old, new) }
}

/// The work of a comparison.
struct PolicyPair {
  let old: Policy
  let new: Policy
  let names: Names

  init(old: Policy, new: Policy) {
    (self.old, self.new) = (old, new)
    names = Names([old, new])
  }

  var differences: [Difference] {
    guard old.mode != .conformance || new.mode != .conformance else { return [] }
    guard old.mode != .conformance, new.mode != .conformance else { return modeDifferences }
    return modeDifferences + entryDifferences + overlapDifferences
  }

  private var entryDifferences: [Difference] {
    let (before, after) = (scenes(old), scenes(new))
    return Set(before.keys).union(after.keys).sorted().flatMap { name -> [Difference] in
      let place: JSONPointer = name == Policy.sandboxName ? "/sandbox" : "/containers" / name
      switch (before[name], after[name]) {
      case (let scene?, nil):
        return [denied(Gap(place, has: "an entry", lacks: "no entry", .plainCreate), scene)]
      case (nil, let scene?):
        return [admitted(Gap(place, has: "an entry", lacks: "no entry", .plainCreate), scene)]
      case (let before?, let after?):
        return Sides(first: after, second: before, place: place).gaps.map { admitted($0, after) }
          + Sides(first: before, second: after, place: place).gaps.map { denied($0, before) }
          + Effects(old: before, new: after, place: place).all.map { changed($0, [before, after]) }
      case (nil, nil): return []
      }
    }
  }

  private func scenes(_ policy: Policy) -> [ByteString: Scene] {
    Dictionary(
      uniqueKeysWithValues: policy.entries.map { name, entry, shape in
        (name, Scene(policy: policy, name: name, entry: entry, shape: shape, names: names))
      })
  }

  private func admitted(_ gap: Gap, _ scene: Scene) -> Difference {
    let witness = scene.witness(gap.probe).flatMap { new.fits($0) && !old.fits($0) ? $0 : nil }
    return Difference(
      kind: witness == nil ? .undecided : .admitted, direction: witness == nil ? .other : .wider, field: gap.field,
      old: gap.lacks, new: gap.has, witness: witness)
  }

  private func denied(_ gap: Gap, _ scene: Scene) -> Difference {
    let witness = scene.witness(gap.probe).flatMap { old.fits($0) && !new.fits($0) ? $0 : nil }
    return Difference(
      kind: witness == nil ? .undecided : .denied, direction: witness == nil ? .other : .narrower, field: gap.field,
      old: gap.has, new: gap.lacks, witness: witness)
  }

  /// A command that is admitted by both for all other fields shows the change.
  private func changed(_ effect: Effect, _ scenes: [Scene]) -> Difference {
    let witness = scenes.lazy.compactMap { $0.witness(effect.probe) }.first { witness in
      let (before, after) = (old.plan(witness), new.plan(witness))
      return before != nil && after != nil && before != after
    }
    return Difference(
      kind: witness == nil ? .undecided : .changed, direction: witness == nil ? .other : effect.direction,
      field: effect.field, old: effect.old, new: effect.new, witness: witness)
  }
}

extension Scene {
  /// The command that a probe describes; nil where none could be made.
  func witness(_ probe: Gap.Probe) -> Witness? {
    switch probe {
    case .create(let change, let others, let need, let launched):
      guard var draft = configuration else { return nil }
      change(&draft)
      return create(draft, others: others, without: need, launched: launched)
    case .exec(let exec, let change):
      guard let rule = entry.exec[exec], var draft = ProcessDraft(rule, shape, names) else { return nil }
      change(&draft)
      return running(.exec(draft.json))
    case .kill(let signal): return running(.kill(signal))
    case .pause: return running(.pause)
    case .none: return nil
    }
  }
}

extension Policy {
  /// Whether an entry admits the command; a policy that audits admits others, too.
  func fits(_ witness: Witness) -> Bool { plan(witness) != nil }

  /// What an entry makes of the command; nil where none admits it.
  func plan(_ witness: Witness) -> Plan? {
    do {
      let evaluation = evaluate(try witness.request(), on: witness.node)
      guard evaluation.violations.isEmpty, case .admit(let plan) = evaluation.outcome else { return nil }
      return plan
    } catch {
      // The runtime refuses a document that is none before it asks the policy.
      return nil
    }
  }
}
