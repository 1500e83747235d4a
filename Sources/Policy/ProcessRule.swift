public import Bytes
package import RuntimeSpec
public import StrictJSON

/// A process that a policy names: the first of a container, or one that `exec` adds. All of it must agree.
public struct ProcessRule: Equatable, Sendable {
  /// As many as the command must have.
  public var arguments: [Matcher]
  public var environment: EnvironmentRules
  public var user: UserRule
  /// Absolute and clean.
  public var workingDirectory: ByteString
  public var capabilities: ProcessPlan.Capabilities
  public var noNewPrivileges: Bool
  /// The name of the filter, or nil for none (`unconfined` in the bundle). It is applied whatever was sent.
  public var seccomp: ByteString?
  /// Limits of getrlimit(2), by name.
  public var rlimits: [ByteString: RlimitRule]
  /// Whether the command may ask for a terminal.
  public var terminal: Bool
  /// The streams that are passed on; the others are the null device.
  public var streams: ProcessPlan.StandardStreams

  /// States a process.
  public init(
    arguments: [Matcher], environment: EnvironmentRules, user: UserRule, workingDirectory: ByteString = "/",
    capabilities: ProcessPlan.Capabilities = .none, noNewPrivileges: Bool = true, seccomp: ByteString?,
    rlimits: [ByteString: RlimitRule] = [:], terminal: Bool = false, streams: ProcessPlan.StandardStreams
  ) {
    (self.arguments, self.environment, self.user, self.workingDirectory) =
      (arguments, environment, user, workingDirectory)
    (self.capabilities, self.noNewPrivileges, self.seccomp) = (capabilities, noNewPrivileges, seccomp)
    (self.rlimits, self.terminal, self.streams) = (rlimits, terminal, streams)
  }
}

extension ProcessRule {
  private static let unconfined: ByteString = "unconfined"
  /// Nothing is given, but to be user 0 without capabilities.
  static let withoutRights = ProcessRule(
    arguments: [], environment: EnvironmentRules(), user: UserRule(uid: 0, gid: 0), seccomp: nil, streams: .none)

  /// What a platform's pause process usually is; of the capabilities `ward`'s own gets none.
  static let pause: ProcessRule = {
    var rule = withoutRights
    rule.capabilities = .ofEngines
    return rule
  }()

  /// Reads the members of a process.
  ///
  /// - Parameter usual: what the members are that are left out: for a process that `exec` adds, those of the container's
  ///   own. Where there is none, user and filter must be stated, and what is left out gives nothing.
  init(members: inout JSONMembers, usual: ProcessRule? = nil) throws(JSONError) {
    let base = usual ?? Self.withoutRights
    let seccomp: ByteString = try members.member("seccomp", usually: usual.map { $0.seccomp ?? Self.unconfined })
    self.init(
      arguments: try members.required("args"),
      environment: try members.member("env", usually: base.environment),
      user: try members.member("user", usually: usual?.user),
      workingDirectory: try members.member("cwd", usually: base.workingDirectory),
      capabilities: try members.member("capabilities", usually: base.capabilities),
      noNewPrivileges: try members.member("noNewPrivileges", usually: base.noNewPrivileges),
      seccomp: seccomp == Self.unconfined ? nil : seccomp,
      rlimits: try members.member("rlimits", usually: base.rlimits),
      terminal: try members.member("terminal", usually: base.terminal),
      streams: try members.member("stdio", usually: base.streams))
    guard !arguments.isEmpty else { throw JSONError(.refused("expected at least one argument")).under("args") }
    guard workingDirectory.isCleanAbsolutePath else {
      throw JSONError.value(expected: "an absolute path without //, . and ..", found: workingDirectory).under("cwd")
    }
    for name in rlimits.keys where RlimitType(bytes: name) == nil {
      throw JSONError.value(expected: "a resource of getrlimit(2)", found: name).under("rlimits")
    }
  }

  /// The members of a process; as for reading.
  func object(usual: ProcessRule?) -> JSONObject {
    let base = usual ?? Self.withoutRights
    var object: JSONObject = ["args": arguments.json]
    object.add("env", environment, unless: base.environment)
    object.add("user", user, unless: usual?.user)
    object.add("cwd", workingDirectory, unless: base.workingDirectory)
    object.add("capabilities", capabilities, unless: base.capabilities)
    object.add("noNewPrivileges", noNewPrivileges, unless: base.noNewPrivileges)
    object.add("seccomp", seccomp ?? Self.unconfined, unless: usual.map { $0.seccomp ?? Self.unconfined })
    object.add("rlimits", rlimits, unless: base.rlimits)
    object.add("terminal", terminal, unless: base.terminal)
    object.add("stdio", streams, unless: base.streams)
    return object
  }
}

/// The processes that `exec` may add to a container, by name.
enum ExecRules {
  static func read(
    _ members: inout JSONMembers, of container: ProcessRule
  ) throws(JSONError) -> [ByteString: ProcessRule] {
    var rules: [ByteString: ProcessRule] = [:]
    guard let object = try members.optional("exec", as: JSONObject.self) else { return rules }
    for (name, json) in object.members {
      do {
        rules[name] = try json.decodeObject { (members) throws(JSONError) in
          try ProcessRule(members: &members, usual: container)
        }
      } catch { throw error.under(name).under("exec") }
    }
    return rules
  }

  static func json(_ rules: [ByteString: ProcessRule], of container: ProcessRule) -> JSONValue {
    .object(JSONObject(rules.mapValues { .object($0.object(usual: container)) }))
  }
}

extension ProcessPlan.StandardStreams: BundlePart {
  /// No stream: all three are the null device.
  static let none = ProcessPlan.StandardStreams(input: false, output: false, error: false)

  /// Reads a list of `stdin`, `stdout` and `stderr`, in this order.
  public init(json: JSONValue) throws(JSONError) {
    let names = try [ByteString](json: json)
    self.init(input: names.contains("stdin"), output: names.contains("stdout"), error: names.contains("stderr"))
    guard names == self.names else {
      throw JSONError(.refused("expected some of stdin, stdout, stderr, each once and in this order"))
    }
  }

  private var names: [ByteString] {
    [(input, "stdin"), (output, "stdout"), (error, "stderr")].filter(\.0).map { ByteString($0.1 as String) }
  }

  /// The form in the bundle.
  public var json: JSONValue { names.json }
}

extension ProcessPlan.Capabilities {
  /// No capability in any set.
  public static let none = ProcessPlan.Capabilities(bounding: 0, effective: 0, permitted: 0, inheritable: 0, ambient: 0)

  /// The same capabilities in the bounding, effective and permitted set, as platforms give them.
  public init(_ set: UInt64) {
    self.init(bounding: set, effective: set, permitted: set, inheritable: 0, ambient: 0)
  }
}

extension ProcessPlan.Capabilities: BundlePart {
  private struct Names: BundlePart {
    let set: UInt64

    init(set: UInt64) { self.set = set }

    init(json: JSONValue) throws(JSONError) {
      set = try [Capability](json: json).reduce(0) { $0 | $1.bit }
    }

    var json: JSONValue { Capability.allCases.filter { set & $0.bit != 0 }.map(\.name).json }
  }

  /// Reads a list of names for the bounding, effective and permitted set, or an object with all five sets.
  public init(json: JSONValue) throws(JSONError) {
    if case .array = json {
      self.init(try Names(json: json).set)
      return
    }
    self = try json.decodeObject { (members) throws(JSONError) in
      ProcessPlan.Capabilities(
        bounding: try members.required("bounding", as: Names.self).set,
        effective: try members.required("effective", as: Names.self).set,
        permitted: try members.required("permitted", as: Names.self).set,
        inheritable: try members.required("inheritable", as: Names.self).set,
        ambient: try members.required("ambient", as: Names.self).set)
    }
  }

  /// The form in the bundle: the list where it says all.
  public var json: JSONValue {
    if self == ProcessPlan.Capabilities(bounding) { return Names(set: bounding).json }
    return [
      "bounding": Names(set: bounding).json, "effective": Names(set: effective).json,
      "permitted": Names(set: permitted).json, "inheritable": Names(set: inheritable).json,
      "ambient": Names(set: ambient).json,
    ]
  }
}

extension Capability {
  /// The bit in a set.
  package var bit: UInt64 { 1 << UInt64(rawValue) }
}
