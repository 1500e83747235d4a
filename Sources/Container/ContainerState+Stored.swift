internal import Bytes
internal import Policy
internal import StrictJSON

/// What a container under a policy that admits everything states for its later processes and its end, as it is stored.
struct StoredDomain: JSONObjectDecodable {
  let domain: ProcessDomain

  init(members: inout JSONMembers) throws(JSONError) {
    domain = ProcessDomain(
      memoryPolicy: try members.optional("memoryPolicy", as: StoredMemoryPolicy.self)?.policy,
      personality: try members.optional("personality"))
  }
}

private struct StoredMemoryPolicy: JSONObjectDecodable {
  let policy: ProcessDomain.MemoryPolicy

  init(members: inout JSONMembers) throws(JSONError) {
    let mode: Int32 = try members.required("mode")
    let text: ByteString? = try members.optional("nodes")
    let nodes = text.flatMap(IndexList.init)
    guard text == nil || nodes != nil else {
      throw JSONError(.value(expected: "a list of nodes", found: "another text")).under("nodes")
    }
    policy = ProcessDomain.MemoryPolicy(mode: mode, nodes: nodes)
  }
}

struct StoredResourceControl: JSONObjectDecodable {
  let plan: ResourceControlPlan

  init(members: inout JSONMembers) throws(JSONError) {
    plan = ResourceControlPlan(
      group: try members.optional("group"), schemata: try members.required("schemata"),
      monitored: try members.required("monitored"))
  }
}

struct StoredListener: JSONObjectDecodable {
  let listener: SeccompListener

  init(members: inout JSONMembers) throws(JSONError) {
    listener = SeccompListener(path: try members.required("path"), metadata: try members.optional("metadata"))
  }
}

extension ProcessDomain {
  var json: JSONValue {
    var object = JSONObject()
    if let memoryPolicy {
      var policy: JSONObject = ["mode": JSONValue(memoryPolicy.mode)]
      policy["nodes"] = memoryPolicy.nodes.map { JSONValue($0.text) }
      object["memoryPolicy"] = .object(policy)
    }
    object["personality"] = personality.map { JSONValue($0) }
    return .object(object)
  }
}

extension ResourceControlPlan {
  var json: JSONValue {
    var object: JSONObject = ["schemata": .array(schemata.map { JSONValue($0) }), "monitored": .bool(monitored)]
    object["group"] = group.map { JSONValue($0) }
    return .object(object)
  }
}

extension SeccompListener {
  var json: JSONValue {
    var object: JSONObject = ["path": JSONValue(path)]
    object["metadata"] = metadata.map { JSONValue($0) }
    return .object(object)
  }
}
