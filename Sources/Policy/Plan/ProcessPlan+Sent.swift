import Bytes
import RuntimeSpec
import StrictJSON

extension ProcessPlan {
  init(sent process: Process, seccomp: SeccompPlan?, at place: JSONPointer) throws(Violation) {
    try unsupported(process.apparmorProfile.flatMap { $0.isEmpty ? nil : $0 }, at: place / "apparmorProfile")
    try unsupported(process.selinuxLabel.flatMap { $0.isEmpty ? nil : $0 }, at: place / "selinuxLabel")
    try unsupported(process.scheduler, at: place / "scheduler")
    try unsupported(process.ioPriority, at: place / "ioPriority")
    try unsupported(process.execCPUAffinity, at: place / "execCPUAffinity")
    guard let arguments = process.args, !arguments.isEmpty else {
      throw Violation(.arguments, at: place / "args", expected: "at least one argument", got: "none")
    }
    guard process.cwd.hasPrefix("/") else {
      throw Violation(
        .workingDirectory, at: place / "cwd", expected: "an absolute path", got: process.cwd.quoted)
    }
    let sets = process.capabilities
    self.init(
      program: .arguments(arguments), environment: process.env ?? [], workingDirectory: process.cwd,
      uid: process.user.uid, gid: process.user.gid, groups: process.user.additionalGids ?? [],
      umask: process.user.umask,
      capabilities: Capabilities(
        bounding: (sets?.bounding ?? []).mask, effective: (sets?.effective ?? []).mask,
        permitted: (sets?.permitted ?? []).mask, inheritable: (sets?.inheritable ?? []).mask,
        ambient: (sets?.ambient ?? []).mask),
      noNewPrivileges: process.noNewPrivileges ?? false,
      seccomp: seccomp,
      limits: (process.rlimits ?? []).map {
        ResourceLimit(resource: $0.type.number, soft: $0.soft, hard: $0.hard)
      },
      oomScoreAdjustment: process.oomScoreAdj, terminal: process.terminal ?? false,
      consoleSize: process.consoleSize.flatMap(ConsoleSize.init(sent:)),
      streams: StandardStreams(input: true, output: true, error: true))
  }
}

extension SeccompPlan {
  /// A profile to compile; one that asks another process is refused: nothing of the node answers for a container.
  init(sent profile: Seccomp) throws(Violation) {
    let place: JSONPointer = "/linux/seccomp"
    try unsupported(profile.listenerPath, at: place / "listenerPath")
    try unsupported(profile.listenerMetadata, at: place / "listenerMetadata")
    try unsupported(profile.defaultAction == .notify ? true : nil, at: place / "defaultAction")
    try unsupported(profile.flags?.first { $0 == .waitKillableRecv }, at: place / "flags")
    for (index, rule) in (profile.syscalls ?? []).enumerated() {
      try unsupported(rule.action == .notify ? true : nil, at: place / "syscalls" / index / "action")
    }
    self = .profile(profile)
  }
}
