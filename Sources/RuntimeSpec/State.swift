public import Bytes
public import StrictJSON

/// The state of a container as `state` prints it: the specification's fields, and the three that callers of runc
/// also read.
public struct State: JSONObjectDecodable, Equatable, Sendable {
  /// The version of the specification.
  public var ociVersion: SpecVersion
  /// The container's id.
  public var id: ByteString
  /// Where in its life the container is.
  public var status: ContainerStatus
  /// The first process, outside the container's pid namespace; 0 where it is gone.
  public var pid: Int32?
  /// The bundle's directory, absolute.
  public var bundle: ByteString
  /// The root file system's directory.
  public var rootfs: ByteString?
  /// When the container was created, as RFC 3339 with nanoseconds.
  public var created: ByteString?
  /// Who created it.
  public var owner: ByteString?
  /// The annotations of the configuration.
  public var annotations: [ByteString: ByteString]?

  /// A state with the specification's required fields.
  public init(id: ByteString, status: ContainerStatus, pid: Int32?, bundle: ByteString) {
    ociVersion = .current
    self.id = id
    self.status = status
    self.pid = pid
    self.bundle = bundle
  }

  /// Reads a state.
  public init(members: inout JSONMembers) throws(JSONError) {
    ociVersion = try members.required("ociVersion")
    id = try members.required("id")
    status = try members.required("status")
    pid = try members.optional("pid")
    bundle = try members.required("bundle")
    rootfs = try members.optional("rootfs")
    created = try members.optional("created")
    owner = try members.optional("owner")
    annotations = try members.optional("annotations")
  }

  /// The members in runc's order; annotations by key.
  public var json: JSONValue {
    var object: JSONObject = ["ociVersion": .string(ociVersion.text), "id": .string(id)]
    object["pid"] = pid.map { JSONValue($0) }
    object["status"] = .string(ByteString(status.rawValue))
    object["bundle"] = .string(bundle)
    object["rootfs"] = rootfs.map { .string($0) }
    object["created"] = created.map { .string($0) }
    if let annotations {
      var members = JSONObject()
      for (key, value) in annotations.sorted(by: { $0.key < $1.key }) { members[key] = .string(value) }
      object["annotations"] = .object(members)
    }
    object["owner"] = owner.map { .string($0) }
    return .object(object)
  }
}

/// Where in its life a container is. `paused` is the one status that runtimes add to the specification's.
public enum ContainerStatus: String, JSONEnumeration {
  case creating, created, running, paused, stopped
}
