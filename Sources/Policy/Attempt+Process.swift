import Bytes
import RuntimeSpec
import StrictJSON

extension Attempt {
  /// Checks a process in full. Every field of ``RuntimeSpec/Process`` stands here once.
  mutating func check(
    _ process: Process, _ rule: ProcessRule, _ shape: PlatformShape, at place: JSONPointer
  ) -> ProcessPlan {
    trace.append(.process)
    stated = StatedValues(own: rule.environment, platform: shape.environment, arguments: rule.arguments)
    check(arguments: process.args ?? [], rule, at: place)
    let environment = check(environment: process.env ?? [], rule.environment, shape, at: place)
    check(process.user, rule.user, at: place)
    check(process.capabilities, rule.capabilities, at: place)
    let limits = check(process.rlimits ?? [], rule, shape, at: place)
    if process.cwd != rule.workingDirectory {
      deny(.workingDirectory, at: place / "cwd", expected: rule.workingDirectory.quoted, got: process.cwd.quoted)
    }
    if process.noNewPrivileges ?? false != rule.noNewPrivileges {
      deny(
        .noNewPrivileges, at: place / "noNewPrivileges", expected: "\(rule.noNewPrivileges)",
        got: process.noNewPrivileges.map { "\($0)" } ?? "nothing")
    }
    if let score = process.oomScoreAdj, shape.oomScoreAdj?.contains(Int64(score)) != true {
      let expected = shape.oomScoreAdj.map { "a number from \($0.lowerBound) to \($0.upperBound)" } ?? "nothing"
      deny(.oomScore, at: place / "oomScoreAdj", expected: expected, got: "\(score)")
    }
    let terminal = process.terminal ?? false
    if terminal, !rule.terminal { deny(.terminal, at: place / "terminal", expected: "false", got: "true") }
    let size = process.consoleSize.flatMap { ConsoleSize(sent: $0) }
    if process.consoleSize != nil, size == nil || !terminal {
      deny(.terminal, at: place / "consoleSize", expected: "a size of a terminal", got: "another value, or no terminal")
    }
    if !(shape.isUnconfinedAdmitted && process.apparmorProfile == "unconfined") {
      deny(.securityLabel, at: place / "apparmorProfile", ifPresent: process.apparmorProfile)
    }
    deny(.securityLabel, at: place / "selinuxLabel", ifPresent: process.selinuxLabel)
    deny(.scheduling, at: place / "scheduler", ifPresent: process.scheduler)
    deny(.scheduling, at: place / "ioPriority", ifPresent: process.ioPriority)
    deny(.scheduling, at: place / "execCPUAffinity", ifPresent: process.execCPUAffinity)
    let isPause = entry?.program == .pause
    return ProcessPlan(
      program: isPause ? .pause : .arguments(process.args ?? []), environment: environment,
      workingDirectory: rule.workingDirectory, uid: rule.user.uid, gid: rule.user.gid, groups: rule.user.groups,
      umask: rule.user.fileMask,
      // `ward`'s own process needs none of what platforms give a foreign one.
      capabilities: isPause ? .none : rule.capabilities, noNewPrivileges: rule.noNewPrivileges,
      seccomp: seccomp(rule).map(SeccompPlan.program), limits: limits, oomScoreAdjustment: process.oomScoreAdj,
      terminal: terminal,
      consoleSize: size, streams: rule.streams)
  }

  private mutating func check(arguments: [ByteString], _ rule: ProcessRule, at place: JSONPointer) {
    trace.append(.arguments)
    guard arguments.count == rule.arguments.count else {
      deny(.arguments, at: place / "args", expected: "\(rule.arguments.count) arguments", got: "\(arguments.count)")
      return
    }
    for (index, (argument, matcher)) in zip(arguments, rule.arguments).enumerated()
    where !matcher.matches(argument, &bindings) {
      deny(.arguments, at: place / "args" / index, expected: matcher.description, got: argument.redacted)
    }
  }

  private mutating func check(_ user: User, _ rule: UserRule, at place: JSONPointer) {
    trace.append(.user)
    if user.uid != rule.uid { deny(.user, at: place / "user" / "uid", expected: "\(rule.uid)", got: "\(user.uid)") }
    if user.gid != rule.gid { deny(.user, at: place / "user" / "gid", expected: "\(rule.gid)", got: "\(user.gid)") }
    // Platforms repeat the group among the groups, which gives nothing more.
    let groups = (user.additionalGids ?? []).filter { $0 != rule.gid }
    if groups.sorted() != rule.groups.filter({ $0 != rule.gid }) {
      deny(.user, at: place / "user" / "additionalGids", expected: "\(rule.groups)", got: "\(groups)")
    }
    if user.umask ?? UserRule.defaultUmask != rule.fileMask {
      deny(
        .user, at: place / "user" / "umask", expected: "\(rule.fileMask)", got: user.umask.map { "\($0)" } ?? "nothing")
    }
  }

  private mutating func check(
    _ capabilities: Capabilities?, _ rule: ProcessPlan.Capabilities, at place: JSONPointer
  ) {
    trace.append(.capabilities)
    let sets: [(ByteString, [Capability]?, UInt64)] = [
      ("bounding", capabilities?.bounding, rule.bounding), ("effective", capabilities?.effective, rule.effective),
      ("permitted", capabilities?.permitted, rule.permitted),
      ("inheritable", capabilities?.inheritable, rule.inheritable), ("ambient", capabilities?.ambient, rule.ambient),
    ]
    for (name, sent, expected) in sets {
      let sent = (sent ?? []).mask
      guard sent != expected else { continue }
      // What differs says more than two long lists.
      let extra = Capability.list(sent & ~expected)
      let missing = Capability.list(expected & ~sent)
      deny(
        .capabilities, at: place / "capabilities" / name, expected: missing.isEmpty ? "fewer" : "also \(missing)",
        got: extra.isEmpty ? "fewer" : "also \(extra)")
    }
  }

  private mutating func check(
    _ sent: [Rlimit], _ rule: ProcessRule, _ shape: PlatformShape, at place: JSONPointer
  ) -> [ProcessPlan.ResourceLimit] {
    trace.append(.rlimits)
    let rules = shape.rlimits.merging(rule.rlimits) { $1 }
    var seen: Set<ByteString> = []
    var further: [ProcessPlan.ResourceLimit] = []
    for (index, limit) in sent.enumerated() {
      let name = ByteString(limit.type.rawValue)
      let isNew = seen.insert(name).inserted
      let range = rules[name] == nil ? shape.furtherRlimits[name] : nil
      if isNew, let range, range.contains(limit) {
        further.append(
          ProcessPlan.ResourceLimit(resource: limit.type.number, soft: limit.soft, hard: limit.hard))
        continue
      }
      guard isNew, let rule = rules[name], rule.soft == limit.soft, rule.hard == limit.hard else {
        let known = rules[name].map { "\(name) \($0.soft) of \($0.hard)" } ?? range.map { "\(name) \($0)" }
        deny(
          .rlimit, at: place / "rlimits" / index, expected: isNew ? known ?? "no \(name)" : "\(name) once",
          got: "\(name) \(limit.soft) of \(limit.hard)")
        continue
      }
    }
    for name in rules.keys.sorted() where !seen.contains(name) {
      deny(.rlimit, at: place / "rlimits", expected: "\(name)", got: "nothing")
    }
    let exact = rules.compactMap { name, rule in
      RlimitType(bytes: name).map {
        ProcessPlan.ResourceLimit(resource: $0.number, soft: rule.soft, hard: rule.hard)
      }
    }
    var limits = exact + further
    if !limits.contains(where: { $0.resource == RlimitType.core.number }) { limits.append(.withoutCoreDump) }
    return limits.sorted { $0.resource < $1.resource }
  }

  private mutating func seccomp(_ rule: ProcessRule) -> SeccompProgram? {
    trace.append(.seccomp)
    guard let name = rule.seccomp else { return nil }
    guard let program = policy.seccomp[name]?.native else {
      deny(.seccomp, at: "", expected: "a filter \(name) for this machine", got: "none in the policy")
      return nil
    }
    return program
  }
}

extension [Capability] {
  /// One bit for each.
  var mask: UInt64 { reduce(0) { $0 | $1.bit } }
}

extension Capability {
  /// The names of the bits of a set.
  static func list(_ set: UInt64) -> String {
    allCases.filter { set & $0.bit != 0 }.map(\.name.description).joined(separator: ", ")
  }
}
