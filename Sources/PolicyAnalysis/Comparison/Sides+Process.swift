// Guarantees: every field of ProcessRule is compared here, but for `seccomp` and `streams`, which change what a command
// does and not whether it is admitted: see `Effect`.
internal import Bytes
internal import Policy
internal import RuntimeSpec

extension Sides {
  /// What a process may be under the first rule, and not under the second.
  func gaps(_ has: ProcessRule, _ lacks: ProcessRule) -> [ProcessGap] {
    argumentGaps(has.arguments, lacks.arguments) + environmentGaps(has.environment, lacks.environment)
      + replacedGaps + exactGaps(has, lacks) + terminalGaps(has, lacks) + oomScoreGaps + profileGaps
      + filterGaps(has, lacks) + rlimitGaps(has, lacks)
  }

  private func argumentGaps(_ has: [Matcher], _ lacks: [Matcher]) -> [ProcessGap] {
    guard has.count == lacks.count else {
      return [ProcessGap(["args"], has: "\(has.count) arguments", lacks: "\(lacks.count) arguments") { _ in }]
    }
    return has.indices.compactMap { index in
      gaps(has[index], lacks[index], mayBeAbsent: true) { (draft: inout ProcessDraft, value) in
        if let value { draft.arguments[index] = value }
      }.map { ProcessGap(["args", ByteString(String(index))], has: $0.has, lacks: $0.lacks, $0.change) }
    }
  }

  /// What a command must state exactly: any difference is one both ways.
  private func exactGaps(_ has: ProcessRule, _ lacks: ProcessRule) -> [ProcessGap] {
    var gaps: [ProcessGap] = []
    func compare<Value: Equatable>(
      _ field: [ByteString], _ has: Value, _ lacks: Value, _ text: (Value) -> String = { "\($0)" }
    ) {
      if has != lacks { gaps.append(ProcessGap(field, has: text(has), lacks: text(lacks)) { _ in }) }
    }
    compare(["user", "uid"], has.user.uid, lacks.user.uid)
    compare(["user", "gid"], has.user.gid, lacks.user.gid)
    // The group among the groups says nothing.
    compare(
      ["user", "groups"], has.user.groups.filter { $0 != has.user.gid },
      lacks.user.groups.filter { $0 != lacks.user.gid })
    compare(["user", "umask"], has.user.fileMask, lacks.user.fileMask)
    compare(["cwd"], has.workingDirectory, lacks.workingDirectory)
    compare(["capabilities"], has.capabilities, lacks.capabilities, \.text)
    compare(["noNewPrivileges"], has.noNewPrivileges, lacks.noNewPrivileges)
    compare(
      ["rlimits"], first.shape.rlimits.merging(has.rlimits) { $1 }, second.shape.rlimits.merging(lacks.rlimits) { $1 }
    ) { rules in
      rules.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.soft) of \($0.value.hard)" }.joined(separator: ", ")
    }
    return gaps
  }

  private func terminalGaps(_ has: ProcessRule, _ lacks: ProcessRule) -> [ProcessGap] {
    guard has.terminal, !lacks.terminal else { return [] }
    return [ProcessGap(["terminal"], has: "allowed", lacks: "denied") { $0.terminal = true }]
  }

  private var oomScoreGaps: [ProcessGap] {
    let (has, lacks) = (first.shape.oomScoreAdj, second.shape.oomScoreAdj)
    guard let has, lacks != has else { return [] }
    let outside = [has.lowerBound, has.upperBound].first { lacks?.contains($0) != true }
    guard let outside else { return [] }
    return [
      ProcessGap(["oomScoreAdj"], has: "\(has)", lacks: lacks.map { "\($0)" } ?? "nothing") { $0.oomScore = outside }
    ]
  }

  private var profileGaps: [ProcessGap] {
    guard first.shape.isUnconfinedAdmitted, !second.shape.isUnconfinedAdmitted else { return [] }
    return [ProcessGap(["apparmorProfile"], has: "unconfined", lacks: "nothing") { $0.apparmorProfile = "unconfined" }]
  }

  /// Limits within a range, of which those that are stated exactly are no part.
  private func rlimitGaps(_ has: ProcessRule, _ lacks: ProcessRule) -> [ProcessGap] {
    let exact = Set(first.shape.rlimits.keys).union(has.rlimits.keys)
    let others = Set(second.shape.rlimits.keys).union(lacks.rlimits.keys)
    return first.shape.furtherRlimits.sorted { $0.key < $1.key }.compactMap { name, rule in
      guard !exact.contains(name) else { return nil }
      let other = others.contains(name) ? nil : second.shape.furtherRlimits[name]
      let outside = [rule.range.lowerBound, rule.range.upperBound].first { other?.range.contains($0) != true }
      guard let outside else { return nil }
      return ProcessGap(["rlimits", name], has: "\(rule)", lacks: other.map { "\($0)" } ?? "nothing") {
        $0.rlimits[name] = RlimitRule(soft: UInt64(outside), hard: UInt64(outside))
      }
    }
  }

  /// A filter that the second policy does not have for a kind of processor refuses every command there.
  private func filterGaps(_ has: ProcessRule, _ lacks: ProcessRule) -> [ProcessGap] {
    guard let name = lacks.seccomp else { return [] }
    let mine = has.seccomp.map { first.policy.seccomp[$0] ?? SeccompPrograms() }
    let theirs = second.policy.seccomp[name] ?? SeccompPrograms()
    let missing = [
      ("x86_64", mine == nil || mine?.x86_64 != nil, theirs.x86_64 != nil),
      ("aarch64", mine == nil || mine?.aarch64 != nil, theirs.aarch64 != nil),
    ].filter { $0.1 && !$0.2 }.map(\.0)
    return missing.map { ProcessGap(["seccomp"], has: "runs on \($0)", lacks: "has no filter for it") { _ in } }
  }
}

extension ProcessPlan.Capabilities {
  /// The names in the bounding set, and what differs from it.
  var text: String {
    let list = { (set: UInt64) in
      set == 0
        ? "none" : Capability.allCases.filter { set & $0.bit != 0 }.map(\.name.description).joined(separator: " ")
    }
    guard self != ProcessPlan.Capabilities(bounding) else { return list(bounding) }
    return "bounding \(list(bounding)), effective \(list(effective)), permitted \(list(permitted)), "
      + "inheritable \(list(inheritable)), ambient \(list(ambient))"
  }
}
