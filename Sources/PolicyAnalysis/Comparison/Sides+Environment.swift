// Guarantees: an environment is compared by the rule that decides on each name, as the evaluation chooses it: exact names
// before patterns of names, the entry's before the platform's.
internal import Bytes
internal import Policy

extension Sides {
  func environmentGaps(_ has: EnvironmentRules, _ lacks: EnvironmentRules) -> [ProcessGap] {
    let mine = Environment(own: has, platform: first.shape.environment)
    let theirs = Environment(own: lacks, platform: second.shape.environment)
    let names = Set(mine.exactNames).union(theirs.exactNames).sorted()
    let exact = names.compactMap { name in gap(name, mine.rule(name), theirs.rule(name)) }
    let patterns = gaps(mine.patterns, theirs.patterns, besides: names).map { gap in
      ProcessGap(
        ["env", gap.key], has: gap.has, lacks: gap.lacks,
        gap.value.map { value in { (draft: inout ProcessDraft) in draft.set(gap.key, value) } })
    }
    // Whether a pattern of names fits may hang on what its names were bound to.
    let areNameless = (mine.patterns + theirs.patterns).allSatisfy { $0.key.names.isEmpty }
    guard areNameless || mine == theirs else {
      return exact + [ProcessGap(["env"], has: "names with named holes", lacks: "other rules", nil)]
    }
    return exact + patterns
  }

  /// Variables that may come twice.
  var replacedGaps: [ProcessGap] {
    let (has, lacks) = (first.shape.replacedVariables, second.shape.replacedVariables)
    guard !has.isEmpty, has != lacks else { return [] }
    let text = { (variables: [ByteString]) in variables.map(\.description).joined(separator: ", ") }
    return [ProcessGap(["replacedEnv"], has: text(has), lacks: text(lacks)) { $0.environment = has + $0.environment }]
  }

  private func gap(_ name: ByteString, _ has: EnvironmentRule?, _ lacks: EnvironmentRule?) -> ProcessGap? {
    func gap(_ change: ((inout ProcessDraft) -> Void)?) -> ProcessGap {
      ProcessGap(["env", name], has: has.text, lacks: lacks.text, change)
    }
    guard let has else {
      guard let lacks, !lacks.isOptional else { return nil }
      return gap { $0.set(name, nil) }
    }
    guard let lacks else {
      guard let value = sample([has.value]) else { return gap(nil) }
      return gap { $0.set(name, value) }
    }
    switch inclusion([has.value], [lacks.value]) {
    case .outside(let value): return gap { $0.set(name, value) }
    case .undecided: return gap(nil)
    case .included: return has.isOptional && !lacks.isOptional ? gap { $0.set(name, nil) } : nil
    }
  }
}

extension EnvironmentRule? {
  fileprivate var text: String {
    map { $0.value.description + ($0.isOptional ? ", may be left out" : "") } ?? "no such variable"
  }
}

/// The rules of an entry and of its platform together.
struct Environment: Equatable {
  let own: EnvironmentRules
  let platform: EnvironmentRules

  var exactNames: [ByteString] { Array(own.exact.keys) + Array(platform.exact.keys) }

  var patterns: [KeyRule] {
    (own.patterns + platform.patterns).map { KeyRule(key: $0.name, values: [$0.rule.value]) }
  }

  /// The rule that decides on a name.
  func rule(_ name: ByteString) -> EnvironmentRule? {
    own.exact[name] ?? platform.exact[name]
      ?? (own.patterns + platform.patterns).first { Language([$0.name]).contains(name) }?.rule
  }
}
