internal import Bytes
internal import Digest
public import Policy
internal import RuntimeSpec
internal import StrictJSON

/// What a bundle admits, in lines for people.
public struct PolicySummary: CustomStringConvertible {
  /// The lines, each with a line feed.
  public let description: String

  /// Summarises a bundle and the policy in it.
  public init(_ policy: Policy, bundle: [UInt8]) {
    var lines = [
      "\(policy.name)@\(policy.version)",
      "  mode       \(policy.mode.rawValue)",
      "  digest     sha256:\(Hex.encode(HashAlgorithm.sha256.digest(of: bundle).bytes))",
      "  size       \(bundle.count) bytes",
    ]
    if let platform = policy.platform { lines.append("  platform   \(platform.name)") }
    for (name, image) in policy.images.sorted(by: { $0.key < $1.key }) {
      lines.append("image \(name)")
      lines.append("  root hash  \(Hex.encode(image.geometry.rootHash.bytes))")
      lines.append("  integrity  \(image.integrity == .memory ? "memory" : "dm-verity")")
    }
    if let sandbox = policy.sandbox {
      lines.append("sandbox")
      lines += Self.lines(sandbox)
    }
    for (name, entry) in policy.containers.sorted(by: { $0.key < $1.key }) {
      lines.append("container \(name)")
      lines += Self.lines(entry)
    }
    description = lines.map { $0 + "\n" }.joined()
  }

  private static func lines(_ entry: ContainerEntry) -> [String] {
    var lines: [String] = []
    switch entry.program {
    case .image(let image): lines.append("  image      \(image)")
    case .pause: lines.append("  program    ward's own pause process")
    }
    lines += Self.lines(entry.process)
    for (path, scratch) in entry.scratch.sorted(by: { $0.key < $1.key }) {
      lines.append("  scratch    \(path) \(scratch.size) bytes\(scratch.executable ? ", programs may run" : "")")
    }
    for (path, image) in entry.volumes.sorted(by: { $0.key < $1.key }) {
      lines.append("  volume     \(path) = \(image)")
    }
    if let gpu = entry.gpu {
      lines.append("  gpu        \(gpu.count), confidential compute \(gpu.confidentialCompute)")
    }
    for (resource, rule) in entry.limits.rules.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      let optional = rule.isOptional ? ", may be left out" : ""
      lines.append("  limit      \(resource.rawValue) \(rule.range.lowerBound) to \(rule.range.upperBound)\(optional)")
    }
    let signals = entry.signals.map(SignalSource.name(of:))
    lines.append("  signals    \(signals.isEmpty ? "none" : signals.joined(separator: " "))")
    if entry.canPause { lines.append("  pause      allowed") }
    lines.append("  instances  \(entry.instances)")
    if !entry.needs.isEmpty { lines.append("  needs      \(entry.needs.map(\.description).joined(separator: " "))") }
    for (name, process) in entry.exec.sorted(by: { $0.key < $1.key }) {
      lines.append("  exec \(name)")
      lines += Self.lines(process).map { "  " + $0 }
    }
    return lines
  }

  private static func lines(_ process: ProcessRule) -> [String] {
    var lines = ["  args       \(process.arguments.map(\.description).joined(separator: " "))"]
    for (name, rule) in process.environment.exact.sorted(by: { $0.key < $1.key }) {
      lines.append("  env        \(name)=\(rule.value)\(rule.isOptional ? ", may be left out" : "")")
    }
    for (name, rule) in process.environment.patterns {
      lines.append("  env        \(name.text)=\(rule.value), may be left out")
    }
    let groups = process.user.groups.map { "+\($0)" }.joined()
    lines.append("  user       \(process.user.uid):\(process.user.gid)\(groups)")
    lines.append("  cwd        \(process.workingDirectory)")
    let capabilities = Capability.allCases.filter { process.capabilities.bounding >> $0.rawValue & 1 == 1 }
    if !capabilities.isEmpty {
      lines.append("  rights     \(capabilities.map(\.name.description).joined(separator: " "))")
    }
    lines.append("  seccomp    \(process.seccomp.map(\.description) ?? "none")")
    if !process.noNewPrivileges { lines.append("  gains      set-user-ID programs may gain rights") }
    let streams = [
      ("stdin", process.streams.input), ("stdout", process.streams.output), ("stderr", process.streams.error),
    ]
    let passed = streams.filter(\.1).map(\.0)
    lines.append("  stdio      \(passed.isEmpty ? "none" : passed.joined(separator: " "))")
    return lines
  }
}
