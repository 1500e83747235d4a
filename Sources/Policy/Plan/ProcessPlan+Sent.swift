import Bytes
import RuntimeSpec
import StrictJSON

extension ProcessPlan {
  init(sent process: Process, seccomp: SeccompPlan?, at place: JSONPointer) throws(Violation) {
    guard let arguments = process.args, !arguments.isEmpty else {
      throw Violation(.arguments, at: place / "args", expected: "at least one argument", got: "none")
    }
    guard process.cwd.hasPrefix("/") else {
      throw Violation(
        .workingDirectory, at: place / "cwd", expected: "an absolute path", got: process.cwd.quoted)
    }
    let rlimits = process.rlimits ?? []
    for (index, limit) in rlimits.enumerated() where rlimits[..<index].contains(where: { $0.type == limit.type }) {
      throw Violation(
        .rlimit, at: place / "rlimits" / index, expected: "\(limit.type.rawValue) once", got: "a second one")
    }
    let hasTerminal = process.terminal ?? false
    // Without a terminal the size says nothing (config.md).
    let size = hasTerminal ? process.consoleSize : nil
    let consoleSize = size.flatMap(ConsoleSize.init(sent:))
    if let size, consoleSize == nil {
      throw Violation(
        .terminal, at: place / "consoleSize", expected: "at most 65535 rows and columns",
        got: "\(size.height) and \(size.width)")
    }
    let sets = process.capabilities
    self.init(
      program: .arguments(arguments), environment: process.env ?? [], workingDirectory: process.cwd,
      uid: process.user.uid, gid: process.user.gid, groups: process.user.additionalGids ?? [],
      umask: process.user.umask ?? UserRule.defaultUmask,
      capabilities: Capabilities(
        bounding: (sets?.bounding ?? []).mask, effective: (sets?.effective ?? []).mask,
        permitted: (sets?.permitted ?? []).mask, inheritable: (sets?.inheritable ?? []).mask,
        ambient: (sets?.ambient ?? []).mask),
      noNewPrivileges: process.noNewPrivileges ?? false,
      seccomp: seccomp,
      limits: rlimits.map {
        ResourceLimit(resource: $0.type.number, soft: $0.soft, hard: $0.hard)
      },
      oomScoreAdjustment: process.oomScoreAdj, terminal: hasTerminal, consoleSize: consoleSize,
      streams: StandardStreams(input: true, output: true, error: true),
      scheduler: try process.scheduler.map { (sent) throws(Violation) in
        try SchedulerPlan(sent: sent, at: place / "scheduler")
      },
      ioPriority: try process.ioPriority.map { (sent) throws(Violation) in
        try IOPriorityPlan(sent: sent, at: place / "ioPriority")
      },
      affinity: try process.execCPUAffinity.map { (sent) throws(Violation) in
        try CPUAffinityPlan(sent: sent, at: place / "execCPUAffinity")
      },
      apparmorProfile: process.apparmorProfile.flatMap { $0.isEmpty ? nil : $0 },
      selinuxLabel: process.selinuxLabel.flatMap { $0.isEmpty ? nil : $0 })
  }
}

extension SeccompPlan {
  /// A profile to compile.
  init(sent profile: Seccomp) throws(Violation) {
    let place: JSONPointer = "/linux/seccomp"
    try Self.check(profile.defaultAction, profile.defaultErrnoRet, at: place / "defaultErrnoRet")
    for (index, rule) in (profile.syscalls ?? []).enumerated() {
      try Self.check(rule.action, rule.errnoRet, at: place / "syscalls" / index / "errnoRet")
    }
    self = .profile(profile)
  }

  /// Only two actions carry an error number (config-linux, "Seccomp").
  private static func check(
    _ action: SeccompAction, _ number: UInt32?, at place: @autoclosure () -> JSONPointer
  ) throws(Violation) {
    guard let number else { return }
    let highest: UInt32 =
      switch action {
      // The kernel's MAX_ERRNO: it would cut a higher one.
      case .errno: 4095
      case .trace: 0xFFFF
      case .kill, .killProcess, .killThread, .trap, .allow, .log, .notify:
        throw Violation(.seccomp, at: place(), expected: "none with \(action.rawValue)", got: "\(number)")
      }
    guard number <= highest else {
      throw Violation(.seccomp, at: place(), expected: "a number up to \(highest)", got: "\(number)")
    }
  }
}
