internal import Bytes

/// How a part of a policy is written: in which order its keys come, and whether each has a line of its own.
indirect enum PolicyLayout: Sendable {
  /// A key of the language and how its value is written.
  struct Key {
    let key: ByteString
    let layout: PolicyLayout

    init(_ key: ByteString, _ layout: PolicyLayout = .value) { (self.key, self.layout) = (key, layout) }
  }

  enum Style {
    /// A line for each member.
    case lines
    /// In one line where that is short enough.
    case line
    /// In one line where each member is a plain value.
    case lineOfScalars
  }

  case value
  case list(of: PolicyLayout)
  /// Keys of the language, in its order.
  case keys(Style, [Key])
  /// Names that the author chose, in the author's order.
  case names(Style, PolicyLayout)

  static let document = PolicyLayout.keys(.lines, file)

  private static let file: [Key] = [
    Key("apiVersion"), Key("kind"), Key("metadata", .keys(.line, [Key("name"), Key("version")])), Key("notes"),
    Key("mode"), Key("platform"), Key("images"), Key("integrity"), Key("memoryLimit"),
    Key("sandbox", .keys(.line, sandbox)),
    Key("containers", .names(.lines, .keys(.lines, container))),
  ]

  private static let container: [Key] = [Key("notes"), Key("image")] + process + further

  private static let sandbox: [Key] = [
    Key("instances"), Key("user", user), Key("scratch", .names(.line, scratch)), Key("limits", limits),
    Key("sysctls", .names(.line, matcher)), Key("namespaces", namespaces),
  ]

  private static let scratch = PolicyLayout.keys(.line, [Key("size"), Key("mode"), Key("exec"), Key("hugePages")])

  private static let namespaces = PolicyLayout.keys(
    .line, ["pid", "network", "ipc", "uts", "cgroup"].map { Key($0, .list(of: .value)) })

  private static let further: [Key] = [
    Key("scratch", .names(.lines, scratch)),
    Key("volumes", .names(.lines, .keys(.line, [Key("image"), Key("scratch"), Key("readOnly")]))),
    Key("gpu", gpu), Key("limits", limits),
    Key("sysctls", .names(.lines, matcher)), Key("namespaces", namespaces),
    Key("exec", .names(.lines, .keys(.lines, process + [stdio]))), Key("signals", .list(of: .value)), Key("pause"),
    stdio, Key("instances"), Key("restarts"), Key("needs", .list(of: .value)),
  ]

  private static let process: [Key] = [
    Key("args", .list(of: matcher)), Key("env", .names(.lines, matcher)), Key("user", user), Key("cwd"),
    Key("capabilities", .list(of: .value)), Key("noNewPrivileges"),
    Key("seccomp", .keys(.line, [Key("profile"), Key("allow", .list(of: .value))])),
    Key("rlimits", .names(.line, .keys(.line, [Key("soft"), Key("hard")]))), Key("terminal"),
  ]

  private static let stdio: Key = Key(
    "stdio", .keys(.line, [Key("stdin"), Key("stdout"), Key("stderr")]))

  private static let user = PolicyLayout.keys(
    .line, [Key("uid"), Key("gid"), Key("groups", .list(of: .value)), Key("umask")])

  private static let gpu = PolicyLayout.keys(
    .line,
    [
      Key("count"), Key("vendor"), Key("mig"), Key("uuids", .list(of: .value)), Key("driverImage"),
      Key("driverLibraries", .list(of: .keys(.line, [Key("path"), Key("sha256"), Key("links", .list(of: .value))]))),
      Key("confidentialCompute"), Key("evidence"), Key("onViolation"), Key("capabilities", .list(of: .value)),
    ])

  private static let limits: PolicyLayout = {
    let limit = PolicyLayout.keys(.line, [Key("range", .list(of: .value)), Key("max"), Key("optional")])
    return .keys(.lineOfScalars, [Key("memory", limit), Key("cpu", limit), Key("pids", limit)])
  }()

  /// A value, perhaps with `optional` beside it.
  private static let matcher = PolicyLayout.keys(.line, values)

  private static let values: [Key] = [
    Key("value"), Key("oneOf", .list(of: .keys(.line, [Key("range", .list(of: .value)), Key("pattern")]))),
    Key("range", .list(of: .value)), Key("pattern"), Key("optional"),
  ]
}

extension PolicyLayout {
  /// The elements of a value in this place, in order, each with its layout.
  func elements(of value: CommentedYAML.Value) -> [(element: CommentedYAML.Element, layout: PolicyLayout)] {
    switch (value, self) {
    case (.scalar, _), (.literal, _): []
    case (.list(let elements), .list(let layout)): elements.map { ($0, layout) }
    case (.mapping(let elements), .names(_, let layout)): elements.map { ($0, layout) }
    case (.mapping(let elements), .keys(_, let keys)):
      keys.flatMap { key in elements.filter { $0.key == key.key }.map { ($0, key.layout) } }
        + elements.filter { element in !keys.contains { $0.key == element.key } }.map { ($0, .value) }
    case (.list(let elements), .value), (.list(let elements), .keys), (.list(let elements), .names),
      (.mapping(let elements), .value), (.mapping(let elements), .list):
      elements.map { ($0, .value) }
    }
  }

  /// Whether a value in this place has a line for each element.
  func hasLines(_ element: CommentedYAML.Element) -> Bool {
    guard !element.elements.isEmpty || element.needsLines else { return false }
    if element.needsLines { return true }
    switch self {
    case .keys(.lines, _), .names(.lines, _): return true
    case .keys(.lineOfScalars, _), .names(.lineOfScalars, _): return element.elements.contains { !$0.elements.isEmpty }
    case .keys(.line, _), .names(.line, _), .list, .value: return false
    }
  }
}
