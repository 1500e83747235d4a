internal import Bytes
internal import Policy
internal import RuntimeSpec

extension ReviewText {
  /// Everything that an entry states.
  mutating func add(_ entry: ContainerEntry) {
    switch entry.program {
    case .image(let image): field("image", image.description)
    case .pause: field("program", "ward's own pause process, under a filter of its own")
    }
    add(entry.process, hasFilter: entry.program != .pause)
    for (path, scratch) in entry.scratch.sorted(by: { $0.key < $1.key }) {
      field(
        "scratch",
        "\(path) \(scratch.size) bytes, mode \(String(scratch.mode, radix: 8))"
          + (scratch.executable ? ", programs may run" : "")
          + (scratch.hugePages.map { ", huge pages \($0.rawValue)" } ?? ""))
    }
    for (path, image) in entry.volumes.sorted(by: { $0.key < $1.key }) { field("volume", "\(path) = \(image)") }
    for (path, shared) in entry.shared.sorted(by: { $0.key < $1.key }) {
      field("volume", "\(path) = \(shared.name) of the sandbox" + (shared.isReadOnly ? ", read-only" : ""))
    }
    if let gpu = entry.gpu { add(gpu) }
    for (resource, rule) in entry.limits.rules.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      field("limit", "\(resource.rawValue) \(rule.review)")
    }
    for (key, matcher) in entry.sysctls.sorted(by: { $0.key < $1.key }) { field("sysctl", "\(key)=\(matcher)") }
    for (kind, origins) in entry.namespaces.rules.sorted(by: { $0.key.name < $1.key.name }) {
      field("namespace", "\(kind.name) \(origins.map(\.review).joined(separator: " or "))")
    }
    field("signals", Self.list(entry.signals.map(SignalSource.name(of:))))
    if entry.canPause { field("pause", "allowed") }
    field("instances", "\(entry.instances)")
    if let restarts = entry.restarts { field("restarts", "\(restarts)") }
    if !entry.needs.isEmpty { field("needs", Self.list(entry.needs.map(\.description))) }
    for (name, process) in entry.exec.sorted(by: { $0.key < $1.key }) {
      title("exec \(name)", indent: 2)
      add(process, beyond: entry.process, indent: 4)
    }
  }

  /// A process; of one that `exec` adds, what is not as in the container.
  private mutating func add(
    _ process: ProcessRule, beyond base: ProcessRule? = nil, indent: Int = 2, hasFilter: Bool = true
  ) {
    func field(_ label: String, _ value: String) { self.field(label, value, indent: indent) }
    field("args", process.arguments.map(\.description).joined(separator: " "))
    if process.environment != base?.environment {
      for (name, rule) in process.environment.exact.sorted(by: { $0.key < $1.key }) {
        field("env", "\(name)=\(rule.review)")
      }
      for (name, rule) in process.environment.patterns { field("env", "\(name.text)=\(rule.review)") }
      if process.environment.isEmpty { field("env", "none but the platform's") }
    }
    if process.user != base?.user {
      let groups = process.user.groups.map { "+\($0)" }.joined()
      let mask = process.user.umask.map { ", umask \(String($0, radix: 8))" } ?? ""
      field("user", "\(process.user.uid):\(process.user.gid)\(groups)\(mask)")
    }
    if process.workingDirectory != base?.workingDirectory { field("cwd", process.workingDirectory.description) }
    if process.capabilities != base?.capabilities {
      let all = Capability.allCases.filter { process.capabilities.bounding >> $0.rawValue & 1 == 1 }
      field("rights", Self.list(all.map(\.name.description)))
    }
    if hasFilter, base == nil || process.seccomp != base?.seccomp {
      field("seccomp", process.seccomp?.description ?? "none")
    }
    for (name, limit) in process.rlimits.sorted(by: { $0.key < $1.key }) where limit != base?.rlimits[name] {
      field("rlimit", "\(name) \(limit.soft) of \(limit.hard)")
    }
    if !process.noNewPrivileges, base?.noNewPrivileges != false {
      field("gains", "set-user-ID programs may gain rights")
    }
    if process.terminal, base?.terminal != true { field("terminal", "may be asked for") }
    if base == nil || process.streams != base?.streams {
      let streams = [
        ("stdin", process.streams.input), ("stdout", process.streams.output), ("stderr", process.streams.error),
      ]
      field("stdio", Self.list(streams.filter(\.1).map(\.0)))
    }
  }

  /// What the platform may add to the containers and to the sandbox.
  mutating func add(_ platform: PlatformProfile?, sandbox hasSandbox: Bool) {
    guard let platform else { return }
    title("platform \(platform.name) adds to containers")
    add(platform.container)
    guard hasSandbox, let sandbox = platform.sandbox else { return }
    title("platform \(platform.name) adds to the sandbox")
    add(sandbox)
  }

  private mutating func add(_ shape: PlatformShape) {
    for mount in shape.mounts {
      let source = mount.shape.source.map { " from \($0)" } ?? ""
      field(
        "mount",
        "\(mount.destination) \(mount.shape.type ?? "")\(source)" + (mount.isOptional ? ", may be left out" : ""))
    }
    let names = shape.environment.exact.keys.sorted() + shape.environment.patterns.map(\.name.text)
    field("env", Self.list(names.map(\.description)))
    for (resource, rule) in shape.limits.rules.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      field("limit", "\(resource.rawValue) \(rule.review)")
    }
    for (key, matcher) in shape.sysctls.sorted(by: { $0.key < $1.key }) { field("sysctl", "\(key)=\(matcher)") }
    if let path = shape.cgroupsPath { field("cgroup", path.description) }
    if let hostname = shape.hostname { field("hostname", hostname.description) }
  }

  private static func list(_ names: [String]) -> String { names.isEmpty ? "none" : names.joined(separator: " ") }
}

extension NamespaceRule {
  /// In words.
  package var review: String {
    switch self {
    case .new: "new"
    case .sandbox: "sandbox"
    case .node: "node"
    case .path(let matcher): matcher.description
    }
  }
}
