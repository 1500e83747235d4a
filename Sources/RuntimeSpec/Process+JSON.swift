internal import Bytes
public import StrictJSON

extension Process {
  /// The process as JSON: what was read, or was put together from flags, with nothing added.
  public var json: JSONValue {
    var object: JSONObject = ["user": user.json, "cwd": .string(cwd)]
    object["terminal"] = terminal.map { .bool($0) }
    object["consoleSize"] = consoleSize.map { ["height": JSONValue($0.height), "width": JSONValue($0.width)] }
    object["args"] = args.map(list)
    object["env"] = env.map(list)
    object["capabilities"] = capabilities?.json
    object["rlimits"] = rlimits.map { .array($0.map(\.json)) }
    object["noNewPrivileges"] = noNewPrivileges.map { .bool($0) }
    object["apparmorProfile"] = apparmorProfile.map { .string($0) }
    object["oomScoreAdj"] = oomScoreAdj.map { JSONValue($0) }
    object["scheduler"] = scheduler?.json
    object["selinuxLabel"] = selinuxLabel.map { .string($0) }
    object["ioPriority"] = ioPriority?.json
    object["execCPUAffinity"] = execCPUAffinity?.json
    return .object(object)
  }
}

private func list(_ texts: [ByteString]) -> JSONValue { .array(texts.map { .string($0) }) }

private func text(_ value: some RawRepresentable<String>) -> JSONValue { .string(ByteString(value.rawValue)) }

extension User {
  fileprivate var json: JSONValue {
    var object: JSONObject = ["uid": JSONValue(uid), "gid": JSONValue(gid)]
    object["umask"] = umask.map { JSONValue($0) }
    object["additionalGids"] = additionalGids.map { .array($0.map { JSONValue($0) }) }
    return .object(object)
  }
}

extension Capabilities {
  fileprivate var json: JSONValue {
    var object = JSONObject()
    let sets: [(ByteString, [Capability]?)] = [
      ("bounding", bounding), ("effective", effective), ("inheritable", inheritable), ("permitted", permitted),
      ("ambient", ambient),
    ]
    for (name, set) in sets { object[name] = set.map { list($0.map(\.name)) } }
    return .object(object)
  }
}

extension Rlimit {
  fileprivate var json: JSONValue { ["type": text(type), "hard": JSONValue(hard), "soft": JSONValue(soft)] }
}

extension Scheduler {
  fileprivate var json: JSONValue {
    var object: JSONObject = ["policy": text(policy)]
    object["nice"] = nice.map { JSONValue($0) }
    object["priority"] = priority.map { JSONValue($0) }
    object["flags"] = flags.map { .array($0.map(text)) }
    object["runtime"] = runtime.map { JSONValue($0) }
    object["deadline"] = deadline.map { JSONValue($0) }
    object["period"] = period.map { JSONValue($0) }
    return .object(object)
  }
}

extension IOPriority {
  fileprivate var json: JSONValue {
    var object: JSONObject = ["class": text(`class`)]
    object["priority"] = priority.map { JSONValue($0) }
    return .object(object)
  }
}

extension ExecCPUAffinity {
  fileprivate var json: JSONValue {
    var object = JSONObject()
    object["initial"] = initial.map { .string($0) }
    object["final"] = final.map { .string($0) }
    return .object(object)
  }
}
