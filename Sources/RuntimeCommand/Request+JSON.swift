internal import Bytes
internal import Policy
internal import RuntimeSpec
internal import StrictJSON

extension Request {
  /// The command beside its verb and its container, for the decision log.
  ///
  /// - Parameter document: `config.json`, the process or the resources, where the command has one.
  func json(_ document: JSONValue?) -> JSONValue {
    switch self {
    case .create(let request):
      [
        "bundle": .string(request.bundle), "config": document ?? .null,
        "descriptors": JSONValue(request.preservedDescriptors),
      ]
    case .exec(let request):
      [
        "process": document ?? .null, "descriptors": JSONValue(request.preservedDescriptors),
        "cgroups": .array(request.cgroups.map { .string($0) }),
      ]
    case .update: ["resources": document ?? .null]
    case .kill(_, let signal, let all): ["signal": JSONValue(signal), "all": .bool(all)]
    case .delete(_, let force): ["force": .bool(force)]
    case .start, .pause, .resume: [:]
    }
  }
}

extension Sent<Spec> {
  /// `config.json` with what the runtime itself added to it before the decision: variables and mounts.
  func document(with spec: Spec) -> JSONValue {
    guard spec != value, case .object(var object) = json else { return json }
    object["process"] = spec.process?.json
    let added = (spec.mounts ?? []).dropFirst(value.mounts?.count ?? 0)
    if !added.isEmpty {
      let mounts: [JSONValue] = if case .array(let mounts)? = object["mounts"] { mounts } else { [] }
      object["mounts"] = .array(
        mounts
          + added.map { mount in
            var object: JSONObject = ["destination": .string(mount.destination)]
            object["type"] = mount.type.map { .string($0) }
            object["source"] = mount.source.map { .string($0) }
            object["options"] = mount.options.map { .array($0.map { .string($0) }) }
            return .object(object)
          })
    }
    return .object(object)
  }
}
