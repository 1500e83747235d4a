internal import Bytes
internal import Policy
internal import RuntimeSpec
internal import StrictJSON

/// A process as an author writes it. What an exec entry leaves out is as in its container.
struct ProcessSource {
  let arguments: [Matcher]
  private let environment: EnvironmentSource?
  private let user: UserSource?
  private let workingDirectory: ByteString?
  private let capabilities: [CapabilitySource]?
  private let noNewPrivileges: Bool?
  let seccomp: SeccompSource?
  private let rlimits: [ByteString: ResourceLimitSource]?
  private let terminal: Bool?
  private let streams: StreamsSource?

  init(members: inout JSONMembers) throws(JSONError) {
    arguments = try members.required("args", as: [MatcherSource].self).map(\.matcher)
    environment = try members.optional("env")
    user = try members.optional("user")
    workingDirectory = try members.optional("cwd")
    capabilities = try members.optional("capabilities")
    noNewPrivileges = try members.optional("noNewPrivileges")
    seccomp = try members.optional("seccomp")
    rlimits = try members.optional("rlimits")
    terminal = try members.optional("terminal")
    streams = try members.optional("stdio")
    guard !arguments.isEmpty else {
      throw JSONError(.refused("expected at least the program, found an empty list")).under("args")
    }
  }

  /// The first process of a container: nothing but the user must be stated.
  func rule() throws(JSONError) -> ProcessRule {
    guard let user else { throw JSONError(.missing).under("user") }
    return try rule(
      over: ProcessRule(
        arguments: arguments, environment: EnvironmentRules(), user: user.rule,
        seccomp: SeccompProfile.containerdDefault.name,
        streams: ProcessPlan.StandardStreams(input: false, output: false, error: false)))
  }

  /// A process with what is stated here in place of what another one has.
  func rule(over base: ProcessRule) throws(JSONError) -> ProcessRule {
    var rule = base
    rule.arguments = arguments
    if let environment { rule.environment = environment.rules }
    if let user { rule.user = user.rule }
    if let workingDirectory { rule.workingDirectory = workingDirectory }
    if let capabilities {
      rule.capabilities = ProcessPlan.Capabilities(capabilities.reduce(0) { $0 | 1 << $1.capability.rawValue })
    }
    if let noNewPrivileges { rule.noNewPrivileges = noNewPrivileges }
    if let seccomp { rule.seccomp = seccomp.name }
    if let rlimits {
      rule.rlimits = [:]
      for (name, limit) in rlimits {
        do { rule.rlimits[try ResourceLimitSource.type(name)] = limit.rule } catch { throw error.under("rlimits") }
      }
    }
    if let terminal { rule.terminal = terminal }
    if let streams { rule.streams = streams.streams }
    return rule
  }
}

extension ProcessSource: JSONObjectDecodable {}

/// `{uid: N, gid: N}`, perhaps with `groups` in any order and `umask`.
struct UserSource: JSONObjectDecodable {
  let rule: UserRule

  init(members: inout JSONMembers) throws(JSONError) {
    let groups: [UInt32] = try members.optional("groups") ?? []
    rule = UserRule(
      uid: try members.required("uid"), gid: try members.required("gid"), groups: Set(groups).sorted(),
      umask: try members.optional("umask"))
  }
}

/// `{stdin: allow, stdout: allow, stderr: deny}`; what is left out is denied.
private struct StreamsSource: JSONObjectDecodable {
  private enum Access: String, JSONEnumeration { case allow, deny }

  let streams: ProcessPlan.StandardStreams

  init(members: inout JSONMembers) throws(JSONError) {
    let input: Access? = try members.optional("stdin")
    let output: Access? = try members.optional("stdout")
    let error: Access? = try members.optional("stderr")
    streams = ProcessPlan.StandardStreams(input: input == .allow, output: output == .allow, error: error == .allow)
  }
}

/// Variables by name. A value is a matcher, perhaps with `optional: true` beside it.
private struct EnvironmentSource: JSONDecodable {
  var rules = EnvironmentRules()

  init(json: JSONValue) throws(JSONError) {
    for (name, value) in try JSONObject(json: json).members {
      do {
        try rules.add(name, try EnvironmentSource.rule(value))
      } catch { throw error.under(name) }
    }
  }

  private static func rule(_ json: JSONValue) throws(JSONError) -> EnvironmentRule {
    guard case .object(var object) = json else { return EnvironmentRule(try MatcherSource(json: json).matcher) }
    var isOptional = false
    if let optional = object["optional"] {
      do { isOptional = try Bool(json: optional) } catch { throw error.under("optional") }
      object["optional"] = nil
    }
    guard let value = object["value"], object.count == 1 else {
      return EnvironmentRule(try MatcherSource(json: .object(object)).matcher, isOptional: isOptional)
    }
    do {
      return EnvironmentRule(.exact(try ByteString(json: value)), isOptional: isOptional)
    } catch { throw error.under("value") }
  }
}
