internal import Bytes
internal import Policy
internal import RuntimeSpec
public import StrictJSON

extension ContainerState.CgroupDriver: JSONEnumeration {}

extension ContainerState: JSONObjectDecodable {
  /// Reads back what `json` gives, and nothing else.
  public init(members: inout JSONMembers) throws(JSONError) {
    let version: Int = try members.required("version")
    guard version == 1 else {
      throw JSONError(.value(expected: "1", found: "\(version)"), at: "/version")
    }
    id = try members.required("id", as: StoredID.self).id
    root = try members.required("root")
    entry = try members.optional("entry")
    bindings = try members.required("bindings")
    bundle = try members.required("bundle")
    rootfs = try members.required("rootfs")
    created = try members.required("created")
    annotations = try members.required("annotations")
    cgroup = try members.required("cgroup", as: StoredCgroup.self).path
    cgroupDriver = try members.required("cgroupDriver")
    images = try members.required("images", as: [StoredHash].self).map(\.hash)
    gpus = try members.optional("gpus") ?? []
    memory = try members.optional("memory") ?? .none
    terminal = try members.required("terminal")
    record = try members.required("record")
    creator = try members.required("creator")
    process = try members.optional("process")
    hooks = try members.optional("hooks", as: Hooks.self).flatMap(HooksPlan.init(kept:))
    domain = try members.optional("domain", as: StoredDomain.self)?.domain
    resourceControl = try members.optional("resourceControl", as: StoredResourceControl.self)?.plan
    seccompListener = try members.optional("seccompListener", as: StoredListener.self)?.listener
  }

  /// The form in which it is stored.
  public var json: JSONValue {
    var object: JSONObject = [
      "version": 1, "id": JSONValue(id.bytes), "root": JSONValue(root), "bindings": strings(bindings),
      "bundle": JSONValue(bundle), "rootfs": JSONValue(rootfs), "created": JSONValue(created),
      "annotations": strings(annotations), "cgroup": JSONValue(cgroup),
      "cgroupDriver": JSONValue(ByteString(cgroupDriver.rawValue)), "images": .array(images.map { JSONValue($0) }),
      "terminal": .bool(terminal), "record": JSONValue(record), "creator": creator.json,
    ]
    if !gpus.isEmpty { object["gpus"] = .array(gpus.map { JSONValue($0) }) }
    if !memory.isEmpty { object["memory"] = memory.json }
    object["entry"] = entry.map { JSONValue($0) }
    object["process"] = process?.json
    object["hooks"] = hooks?.json
    object["domain"] = domain?.json
    object["resourceControl"] = resourceControl?.json
    object["seccompListener"] = seccompListener?.json
    return .object(object)
  }

  private func strings(_ map: [ByteString: ByteString]) -> JSONValue {
    var object = JSONObject()
    for (key, value) in map.sorted(by: { $0.key < $1.key }) { object[key] = JSONValue(value) }
    return .object(object)
  }
}

extension ProcessIdentity: JSONObjectDecodable {
  /// Reads back what `json` gives.
  public init(members: inout JSONMembers) throws(JSONError) {
    let pid: Int32 = try members.required("pid")
    guard pid > 0 else { throw JSONError(.value(expected: "a pid above 0", found: "\(pid)"), at: "/pid") }
    self.init(pid: pid, startTime: try members.required("startTime"))
  }

  /// The form in which it is stored.
  var json: JSONValue { ["pid": JSONValue(pid), "startTime": JSONValue(startTime)] }
}

private struct StoredID: JSONDecodable {
  let id: ContainerID

  init(json: JSONValue) throws(JSONError) {
    let text = try ByteString(json: json)
    guard let id = ContainerID(text) else {
      throw JSONError(.value(expected: "a container id", found: "\(text)"))
    }
    self.id = id
  }
}

private struct StoredHash: JSONDecodable {
  let hash: ByteString

  init(json: JSONValue) throws(JSONError) {
    hash = try ByteString(json: json)
    guard hash.count == 64, Hex.decode(hash) != nil else {
      throw JSONError(.value(expected: "64 hexadecimal digits", found: "\(hash)"))
    }
  }
}

private struct StoredCgroup: JSONDecodable {
  let path: ByteString

  init(json: JSONValue) throws(JSONError) {
    path = try ByteString(json: json)
    guard Cgroup.isUsable(path) else {
      throw JSONError(.value(expected: "a clean absolute path below the root", found: "\(path)"))
    }
  }
}
