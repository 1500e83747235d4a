package import Bytes
internal import Policy
internal import RuntimeSpec
internal import StrictJSON

/// What a policy admits beyond what most authors want, and what it forbids that many need.
extension PolicySource {
  /// Capabilities that give a process the rights of the node's administrator, or nearly so.
  private static let broadCapabilities: [Capability] = [
    .sysAdmin, .sysModule, .sysRawio, .sysPtrace, .sysBoot, .sysTime, .dacReadSearch, .netAdmin, .bpf, .perfmon,
    .macAdmin, .macOverride, .mknod,
  ]

  /// Variables by which whoever sets them chooses the code that runs.
  package static let codeVariables: [ByteString] = [
    "LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT", "GLIBC_TUNABLES", "GCONV_PATH", "PATH", "PYTHONPATH", "PYTHONSTARTUP",
    "PYTHONHOME", "BASH_ENV", "ENV", "NODE_OPTIONS", "NODE_PATH", "JAVA_TOOL_OPTIONS", "PERL5LIB", "PERL5OPT",
    "RUBYLIB",
    "RUBYOPT",
  ]

  /// How the names of such variables start.
  private static let codePrefixes: [ByteString] = ["LD_", "PYTHON"]

  /// Everything that there is to say, in the order of the text.
  func lint(_ policy: Policy) -> [SourceMessage] {
    var messages: [SourceMessage] = []
    switch policy.mode {
    case .enforce: break
    case .audit, .conformance:
      messages.append(
        document.message(
          .open, at: "/mode", "mode \(policy.mode.rawValue) admits every command: release no key to its digest"))
    }
    for (name, source) in file.containers {
      for (filter, pointer) in source.filters where !filter.dangerous.isEmpty {
        messages.append(
          document.message(
            .broadFilter, at: JSONPointer(tokens: ["containers", name] + pointer.tokens),
            "\(filter.dangerous.joined(separator: ", ")): a way to the kernel's inside, other processes or the node"))
      }
    }
    for (name, entry) in policy.containers {
      let place = JSONPointer(tokens: ["containers", name])
      messages += warnings(entry.process, at: place) + hints(entry, at: place)
      for (name, process) in entry.exec {
        messages += warnings(process, beyond: entry.process, at: place / "exec" / name)
      }
      messages += openings(entry, at: place)
    }
    if let sandbox = policy.sandbox { messages += openings(sandbox, at: "/sandbox") }
    return messages.sorted {
      ($0.place.line, $0.place.column, $0.message) < ($1.place.line, $1.place.column, $1.message)
    }
  }

  /// Where programs may be written, and what is the node's own.
  private func openings(_ entry: ContainerEntry, at place: JSONPointer) -> [SourceMessage] {
    let scratch = entry.scratch.filter(\.value.executable).map { path, _ in
      let name = entry.program == .pause ? SharedScratch.name(at: path) ?? path : path
      return document.message(
        .executableScratch, at: place / "scratch" / name / "exec", "what the container writes here, it can also run")
    }
    let namespaces = entry.namespaces.rules.filter { $0.value.contains(.node) && $0.key != .cgroup }.map { kind, _ in
      document.message(
        .nodeNamespace, at: place / "namespaces" / ByteString(kind.name),
        "the container has the node's own \(kind.name) namespace")
    }
    return scratch + namespaces
  }

  private func warnings(
    _ process: ProcessRule, beyond base: ProcessRule? = nil, at place: JSONPointer
  ) -> [SourceMessage] {
    var messages: [SourceMessage] = []
    func warn(_ key: ByteString, _ code: LintCode, _ text: String) {
      messages.append(document.message(code, at: place / key, text))
    }
    if process.user.uid == 0, base?.user.uid != 0 {
      warn("user", .root, "the process runs as root: another uid is one more wall")
    }
    if process.capabilities != base?.capabilities {
      for capability in Self.broadCapabilities where process.capabilities.bounding >> capability.rawValue & 1 == 1 {
        warn("capabilities", .broadCapability, "\(capability.name) gives nearly the rights of the node's administrator")
      }
    }
    if !process.noNewPrivileges, base?.noNewPrivileges != false {
      warn("noNewPrivileges", .gainsRights, "a set-user-ID program of the image can gain rights")
    }
    if process.seccomp == nil, base == nil || base?.seccomp != nil {
      warn("seccomp", .noFilter, "every system call of the kernel is open to the process")
    }
    if process.terminal, base?.terminal != true {
      warn("terminal", .terminal, "whoever holds the terminal types into the process")
    }
    for (index, matcher) in process.arguments.enumerated() where matcher.admitsText {
      messages.append(document.message(.freeText, at: place / "args" / index, "{text} admits nearly any argument"))
    }
    guard process.environment != base?.environment else { return messages }
    for (name, rule) in process.environment.exact {
      let variable = place / "env" / name
      if rule.value.admitsText {
        messages.append(document.message(.freeText, at: variable, "{text} admits nearly any value"))
      }
      if Self.codeVariables.contains(name) || Self.codePrefixes.contains(where: name.hasPrefix), !rule.value.isFinite {
        messages.append(
          document.message(.codeVariable, at: variable, "whoever sets \(name) chooses the code that runs"))
      }
    }
    return messages
  }

  private func hints(_ entry: ContainerEntry, at place: JSONPointer) -> [SourceMessage] {
    var messages: [SourceMessage] = []
    if entry.signals.isEmpty {
      messages.append(
        document.message(
          .noSignals, at: place / "signals", "no signals are admitted: only delete --force ends the container"))
    }
    let streams = entry.process.streams
    if !streams.output || !streams.error {
      let names = [streams.output ? nil : "stdout", streams.error ? nil : "stderr"].compactMap(\.self)
      messages.append(
        document.message(
          .noLogs, at: place / "stdio",
          "\(names.joined(separator: " and ")) \(names.count == 1 ? "is" : "are") the null device: no logs from there"))
    }
    return messages
  }
}

extension Matcher {
  /// Whether a part of the value is free text.
  fileprivate var admitsText: Bool {
    switch self {
    case .exact, .range: false
    case .pattern(let pattern): ByteString("{text}").isPart(of: pattern.text)
    case .oneOf(let matchers): matchers.contains(where: \.admitsText)
    }
  }

  /// Whether the author wrote down each value.
  fileprivate var isFinite: Bool {
    switch self {
    case .exact: true
    case .range, .pattern: false
    case .oneOf(let matchers): matchers.allSatisfy(\.isFinite)
    }
  }
}

extension ByteString {
  fileprivate func isPart(of text: ByteString) -> Bool {
    text.bytes.indices.contains { text.bytes[$0...].starts(with: bytes) }
  }
}
