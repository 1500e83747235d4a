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

extension ProcessRule: BundlePart {
  private static let unconfined: ByteString = "unconfined"

  init(members: inout JSONMembers) throws(JSONError) {
    let seccomp: ByteString = try members.required("seccomp")
    self.init(
      arguments: try members.required("args"), environment: try members.optional("env") ?? EnvironmentRules(),
      user: try members.required("user"), workingDirectory: try members.required("cwd"),
      capabilities: try members.optional("capabilities") ?? .none,
      noNewPrivileges: try members.required("noNewPrivileges"),
      seccomp: seccomp == Self.unconfined ? nil : seccomp,
      rlimits: try members.collection("rlimits"), terminal: try members.required("terminal"),
      streams: try members.required("stdio"))
    guard !arguments.isEmpty else { throw JSONError(.refused("expected at least one argument")).under("args") }
    guard workingDirectory.isCleanAbsolutePath else {
      throw JSONError.value(expected: "an absolute path without //, . and ..", found: workingDirectory).under("cwd")
    }
    for name in rlimits.keys where RlimitType(bytes: name) == nil {
      throw JSONError.value(expected: "a resource of getrlimit(2)", found: name).under("rlimits")
    }
  }

  /// Reads the process.
  public init(json: JSONValue) throws(JSONError) { self = try json.decodeObject(ProcessRule.init(members:)) }

  var object: JSONObject {
    var object: JSONObject = [
      "args": arguments.json, "user": user.json, "cwd": .string(workingDirectory),
      "noNewPrivileges": .bool(noNewPrivileges), "seccomp": .string(seccomp ?? Self.unconfined),
      "terminal": .bool(terminal), "stdio": streams.json,
    ]
    if !environment.isEmpty { object.add("env", environment) }
    if capabilities != .none { object.add("capabilities", capabilities) }
    object.add("rlimits", ifAny: rlimits)
    return object
  }

  /// The form in the bundle.
  public var json: JSONValue { .object(object) }
}

extension ProcessPlan.StandardStreams: BundlePart {
  /// Reads `{"stderr":false,"stdin":false,"stdout":true}`.
  public init(json: JSONValue) throws(JSONError) {
    self = try json.decodeObject { (members) throws(JSONError) in
      ProcessPlan.StandardStreams(
        input: try members.required("stdin"), output: try members.required("stdout"),
        error: try members.required("stderr"))
    }
  }

  /// The form in the bundle.
  public var json: JSONValue { ["stdin": .bool(input), "stdout": .bool(output), "stderr": .bool(error)] }
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
