import Bytes
public import StrictJSON

/// Where a namespace may come from.
public enum NamespaceRule: Equatable, Sendable {
  case new
  /// That of the pod's sandbox, given as `/proc/PID/ns/KIND` of its live first process.
  case sandbox
  /// A namespace file; the runtime sees that it is none of the node's own namespaces.
  case path(Matcher)
  /// The node's own: the command does not list the kind.
  case node
}

extension NamespaceRule {
  /// Whether this is a file with a name that only the containers of one pod have.
  fileprivate var namesPod: Bool {
    let patterns: [Pattern]
    switch self {
    case .new, .sandbox, .node, .path(.exact), .path(.range): patterns = []
    case .path(.pattern(let pattern)): patterns = [pattern]
    case .path(.oneOf(let matchers)):
      patterns = matchers.compactMap { if case .pattern(let pattern) = $0 { pattern } else { nil } }
    }
    return patterns.contains { $0.names.contains(Bindings.podNamespaces) }
  }
}

extension NamespaceRule: BundlePart {
  /// Reads `"new"`, `"sandbox"`, `"node"` or `{"path":...}`.
  public init(json: JSONValue) throws(JSONError) {
    switch json {
    case .string("new"): self = .new
    case .string("sandbox"): self = .sandbox
    case .string("node"): self = .node
    case .string(let text): throw .value(expected: "new|sandbox|node", found: text)
    case .null, .bool, .integer, .array, .object:
      self = .path(
        try json.decodeObject { (members) throws(JSONError) in try members.required("path", as: Matcher.self) })
    }
  }

  /// The form in the bundle.
  public var json: JSONValue {
    switch self {
    case .new: "new"
    case .sandbox: "sandbox"
    case .node: "node"
    case .path(let matcher): .object(["path": matcher.json])
    }
  }
}

/// The rules of all kinds of namespaces.
public struct NamespaceRules: Equatable, Sendable {
  /// The origins that are admitted, by kind; where a platform leaves a kind out, the node's own alone.
  public var rules: [NamespacePlan.Kind: [NamespaceRule]]

  /// States rules.
  public init(_ rules: [NamespacePlan.Kind: [NamespaceRule]] = [:]) { self.rules = rules }

  /// Whether containers join the sandbox of their pod.
  public var joinsSandbox: Bool { rules.values.contains { $0.contains(.sandbox) } }

  /// Whether a sandbox that runs can be known as that of a container's pod.
  public var knowsSandbox: Bool { joinsSandbox || rules.values.joined().contains(where: \.namesPod) }
}

extension NamespaceRules: BundlePart {
  /// Reads an object with a member for each kind that has a rule.
  public init(json: JSONValue) throws(JSONError) {
    rules = try json.decodeObject { (members) throws(JSONError) in
      var rules: [NamespacePlan.Kind: [NamespaceRule]] = [:]
      for kind in NamespacePlan.Kind.allCases {
        let origins: [NamespaceRule]? = try members.optional(kind.name)
        guard let origins else { continue }
        guard !origins.isEmpty else {
          throw JSONError(.refused("expected an origin of the namespace")).under(ByteString(kind.name))
        }
        rules[kind] = origins
      }
      return rules
    }
  }

  /// The form in the bundle.
  public var json: JSONValue {
    var object = JSONObject()
    for (kind, origins) in rules { object.add(ByteString(kind.name), origins) }
    return .object(object)
  }
}

extension NamespacePlan.Kind {
  /// The name in config.json.
  public var name: String {
    switch self {
    case .user: "user"
    case .mount: "mount"
    case .pid: "pid"
    case .network: "network"
    case .ipc: "ipc"
    case .uts: "uts"
    case .cgroup: "cgroup"
    case .time: "time"
    }
  }

  /// The name of the file in `/proc/PID/ns`.
  public var fileName: String {
    switch self {
    case .mount: "mnt"
    case .network: "net"
    case .user, .pid, .ipc, .uts, .cgroup, .time: name
    }
  }
}
