import Bytes
import RuntimeSpec
import StrictJSON

extension Policy {
  /// Admits a command as it was sent, for conformance and audit mode; denies only what cannot be done.
  func admitAsSent(
    _ request: Request, _ node: NodeState, entry: ByteString?, violations: [Violation], trace: [Evaluation.Section]
  ) -> Evaluation {
    do {
      let plan = try Plan(sent: request)
      return Evaluation(outcome: .admit(plan), entry: entry, violations: violations, trace: trace)
    } catch {
      return Evaluation(
        outcome: .deny([error]), entry: entry, violations: violations.isEmpty ? [error] : violations, trace: trace)
    }
  }
}

extension Plan {
  fileprivate init(sent request: Request) throws(Violation) {
    switch request {
    case .create(let request): self = .create(try ContainerPlan(sent: request))
    case .start(let id): self = .start(id)
    case .exec(let request):
      self = .exec(
        ExecPlan(
          id: request.id, entry: nil, process: try ProcessPlan(sent: request.process, seccomp: .ofContainer, at: "")))
    case .kill(let id, let signal, let all): self = .kill(KillPlan(id: id, signal: signal, all: all))
    case .delete(let id, let force): self = .delete(id, force: force)
    }
  }
}

/// Refuses a setting that the launch has no way to make: a setting that is silently left out would be worse.
private func unsupported<Value>(_ value: Value?, at place: @autoclosure () -> JSONPointer) throws(Violation) {
  guard value != nil else { return }
  throw Violation(.unsupported, at: place(), expected: "nothing", got: "a setting that this version cannot make")
}

extension ContainerPlan {
  fileprivate init(sent request: CreateRequest) throws(Violation) {
    let spec = request.spec
    let linux = spec.linux
    try unsupported(spec.hooks, at: "/hooks")
    try unsupported(linux?.netDevices, at: "/linux/netDevices")
    try unsupported(linux?.mountLabel.flatMap { $0.isEmpty ? nil : $0 }, at: "/linux/mountLabel")
    try unsupported(linux?.intelRdt, at: "/linux/intelRdt")
    try unsupported(linux?.memoryPolicy, at: "/linux/memoryPolicy")
    try unsupported(linux?.personality, at: "/linux/personality")
    guard let process = spec.process else {
      throw Violation(.processMissing, at: "/process", expected: "a process", got: "nothing")
    }
    guard let root = spec.root else {
      throw Violation(.unsupported, at: "/root", expected: "a root file system", got: "nothing")
    }
    let isAbsolute = root.path.bytes.first == UInt8(ascii: "/")
    let path = isAbsolute ? root.path : request.bundle + "/" + root.path
    var mounts: [MountPlan] = []
    for (index, mount) in (spec.mounts ?? []).enumerated() {
      var plan = mount
      // Relative places count from the root (config.md), and bind sources from the bundle.
      if plan.destination.bytes.first != UInt8(ascii: "/") { plan.destination = "/" + plan.destination }
      plan.destination = plan.destination.cleaned
      if let source = plan.source, plan.isBind, source.bytes.first != UInt8(ascii: "/") {
        plan.source = request.bundle + "/" + source
      }
      mounts.append(try MountPlan(sent: plan, at: ("/mounts" as JSONPointer) / index))
    }
    let sysctls = (linux?.sysctl ?? [:]).sorted { $0.key < $1.key }.map { SysctlPlan(key: $0.key, value: $0.value) }
    self.init(
      id: request.id, entry: nil, bindings: [:], bundle: request.bundle, annotations: spec.annotations ?? [:],
      root: RootPlan(
        source: .directory(path), readonly: root.readonly ?? false, scratch: nil,
        propagation: linux?.rootfsPropagation.map(Propagation.init(sent:)) ?? .private),
      mounts: mounts, devices: try DevicePlan.list(linux?.devices ?? []), maskedPaths: linux?.maskedPaths ?? [],
      readonlyPaths: linux?.readonlyPaths ?? [],
      namespaces: (linux?.namespaces ?? []).map { namespace in
        let path = namespace.path.flatMap { $0.isEmpty ? nil : $0 }
        return NamespacePlan(kind: namespace.type.kind, origin: path.map(NamespacePlan.Origin.path) ?? .new)
      },
      userMappings: UserMappings(sent: linux), timeOffsets: linux?.timeOffsets.map(TimeOffsets.init(sent:)),
      hostname: spec.hostname, domainname: spec.domainname, sysctls: sysctls,
      cgroup: try CgroupPlan(sent: linux, id: request.id),
      process: try ProcessPlan(
        sent: process, seccomp: try linux?.seccomp.map(SeccompPlan.init(sent:)), at: "/process"))
  }
}

extension Mount {
  fileprivate var isBind: Bool { type == "bind" || options?.contains { $0 == "bind" || $0 == "rbind" } == true }
}

extension ByteString {
  /// A path without `//`, `.` and a slash at the end; `..` stays and is refused later.
  fileprivate var cleaned: ByteString {
    let parts = split(UInt8(ascii: "/")).filter { !$0.isEmpty && $0 != "." }
    return parts.isEmpty ? "/" : parts.reduce("") { $0 + "/" + $1 }
  }
}

extension ProcessPlan {
  fileprivate init(sent process: Process, seccomp: SeccompPlan?, at place: JSONPointer) throws(Violation) {
    try unsupported(process.apparmorProfile.flatMap { $0.isEmpty ? nil : $0 }, at: place / "apparmorProfile")
    try unsupported(process.selinuxLabel.flatMap { $0.isEmpty ? nil : $0 }, at: place / "selinuxLabel")
    try unsupported(process.scheduler, at: place / "scheduler")
    try unsupported(process.ioPriority, at: place / "ioPriority")
    try unsupported(process.execCPUAffinity, at: place / "execCPUAffinity")
    guard let arguments = process.args, !arguments.isEmpty else {
      throw Violation(.arguments, at: place / "args", expected: "at least one argument", got: "none")
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
  fileprivate init(sent profile: Seccomp) throws(Violation) {
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

extension CgroupPlan {
  fileprivate init(sent linux: LinuxSpec?, id: ContainerID) throws(Violation) {
    let resources = linux?.resources
    let place: JSONPointer = "/linux/resources"
    try unsupported(resources?.blockIO, at: place / "blockIO")
    try unsupported(resources?.hugepageLimits.flatMap { $0.isEmpty ? nil : $0 }, at: place / "hugepageLimits")
    try unsupported(resources?.network, at: place / "network")
    try unsupported(resources?.rdma, at: place / "rdma")
    try unsupported(resources?.memory?.swappiness, at: place / "memory" / "swappiness")
    try unsupported(
      resources?.memory?.disableOOMKiller.flatMap { $0 ? $0 : nil }, at: place / "memory" / "disableOOMKiller")
    try unsupported(resources?.cpu?.realtimeRuntime, at: place / "cpu" / "realtimeRuntime")
    try unsupported(resources?.cpu?.realtimePeriod, at: place / "cpu" / "realtimePeriod")
    try unsupported(resources?.cpu?.burst, at: place / "cpu" / "burst")
    try unsupported(resources?.cpu?.idle, at: place / "cpu" / "idle")
    guard let path = CgroupPlan.path(linux?.cgroupsPath, id: id) else {
      throw Violation(
        .cgroupPath, at: "/linux/cgroupsPath", expected: "a path without //, . and ..",
        got: linux?.cgroupsPath.quoted ?? "nothing")
    }
    var rules: [DeviceRule] = []
    for (index, rule) in (resources?.devices ?? []).enumerated() {
      guard let rule = DeviceRule(sent: rule) else {
        throw Violation(
          .deviceRules, at: place / "devices" / index, expected: "device numbers of the kernel", got: "others")
      }
      rules.append(rule)
    }
    self.init(path: path, resources: resources, deviceRules: rules)
  }
}

extension DevicePlan {
  fileprivate static func list(_ devices: [Device]) throws(Violation) -> [DevicePlan] {
    var plans: [DevicePlan] = []
    for (index, device) in devices.enumerated() {
      let kind: Kind =
        switch device.type {
        case .character, .unbuffered: .character
        case .block: .block
        case .fifo: .fifo
        }
      guard let major = UInt32(exactly: device.major ?? 0), let minor = UInt32(exactly: device.minor ?? 0),
        kind == .fifo || (device.major != nil && device.minor != nil)
      else {
        throw Violation(
          .device, at: ("/linux/devices" as JSONPointer) / index, expected: "device numbers of the kernel",
          got: "others or none")
      }
      plans.append(
        DevicePlan(
          path: device.path, kind: kind, major: major, minor: minor, mode: (device.fileMode ?? 0o666) & 0o7777,
          uid: device.uid ?? 0, gid: device.gid ?? 0))
    }
    return plans
  }
}

extension UserMappings {
  fileprivate init?(sent linux: LinuxSpec?) {
    let list = { (mappings: [IDMapping]?) in
      (mappings ?? []).map { Range(container: $0.containerID, host: $0.hostID, size: $0.size) }
    }
    guard linux?.uidMappings != nil || linux?.gidMappings != nil else { return nil }
    self.init(users: list(linux?.uidMappings), groups: list(linux?.gidMappings))
  }
}

extension TimeOffsets {
  fileprivate init(sent offsets: RuntimeSpec.TimeOffsets) {
    let offset = { (offset: TimeOffset) in Offset(seconds: offset.secs ?? 0, nanoseconds: offset.nanosecs ?? 0) }
    self.init(monotonic: offsets.monotonic.map(offset), boottime: offsets.boottime.map(offset))
  }
}

extension Propagation {
  fileprivate init(sent propagation: RuntimeSpec.Propagation) {
    switch propagation {
    case .private, .rprivate: self = .private
    case .shared, .rshared: self = .shared
    case .slave, .rslave: self = .slave
    case .unbindable, .runbindable: self = .unbindable
    }
  }
}
