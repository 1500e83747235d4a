// Guarantees: the process that a rule asks for, with nothing that it only may have.
internal import Bytes
internal import Policy
internal import RuntimeSpec
internal import StrictJSON

/// A process as a command states it, made part by part.
struct ProcessDraft {
  var arguments: [ByteString]
  var environment: [ByteString]
  var user: UserRule
  var workingDirectory: ByteString
  var capabilities: ProcessPlan.Capabilities
  var noNewPrivileges: Bool
  var rlimits: [ByteString: RlimitRule]
  var terminal = false
  var oomScore: Int64?
  var apparmorProfile: ByteString?

  /// Nil where a rule admits no value.
  init?(_ rule: ProcessRule, _ shape: PlatformShape, _ names: Names) {
    arguments = []
    for matcher in rule.arguments {
      guard let value = Language([matcher], names: names.values).sample else { return nil }
      arguments.append(value)
    }
    environment = []
    let rules = shape.environment.exact.merging(rule.environment.exact) { $1 }
    for (name, rule) in rules.sorted(by: { $0.key < $1.key }) where !rule.isOptional {
      guard let value = Language([rule.value], names: names.values).sample else { return nil }
      environment.append(name + "=" + value)
    }
    (user, workingDirectory, capabilities) = (rule.user, rule.workingDirectory, rule.capabilities)
    (noNewPrivileges, rlimits) = (rule.noNewPrivileges, shape.rlimits.merging(rule.rlimits) { $1 })
  }

  /// Gives a variable a value, or takes it out.
  mutating func set(_ name: ByteString, _ value: ByteString?) {
    environment.removeAll { $0.hasPrefix(name + "=") }
    if let value { environment.append(name + "=" + value) }
  }

  /// As `process.json`, or `process` of `config.json`.
  var json: JSONValue {
    var userObject: JSONObject = ["uid": JSONValue(user.uid), "gid": JSONValue(user.gid)]
    if !user.groups.isEmpty { userObject["additionalGids"] = .array(user.groups.map { JSONValue($0) }) }
    if let umask = user.umask { userObject["umask"] = JSONValue(umask) }
    var object: JSONObject = [
      "user": .object(userObject), "args": .array(arguments.map { .string($0) }),
      "env": .array(environment.map { .string($0) }), "cwd": .string(workingDirectory),
      "noNewPrivileges": .bool(noNewPrivileges),
    ]
    var sets = JSONObject()
    for (key, set) in [
      ("bounding", capabilities.bounding), ("effective", capabilities.effective),
      ("permitted", capabilities.permitted), ("inheritable", capabilities.inheritable),
      ("ambient", capabilities.ambient),
    ] as [(ByteString, UInt64)] where set != 0 {
      sets[key] = .array(Capability.allCases.filter { set & $0.bit != 0 }.map { .string($0.name) })
    }
    if sets.count > 0 { object["capabilities"] = .object(sets) }
    if !rlimits.isEmpty {
      object["rlimits"] = .array(
        rlimits.sorted { $0.key < $1.key }.map { name, rule in
          ["type": .string(name), "soft": JSONValue(rule.soft), "hard": JSONValue(rule.hard)]
        })
    }
    if terminal { object["terminal"] = true }
    if let apparmorProfile { object["apparmorProfile"] = .string(apparmorProfile) }
    if let oomScore { object["oomScoreAdj"] = JSONValue(oomScore) }
    return .object(object)
  }
}
