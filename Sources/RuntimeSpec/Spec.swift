public import Bytes
public import StrictJSON

/// The configuration of a container: `config.json` of the OCI runtime specification 1.3.0, for Linux.
///
/// Every field of the specification is here. A field that is missing is nil and never a default, so that missing
/// and empty stay two things. The sections of other platforms are refused.
public struct Spec: JSONObjectDecodable, Equatable, Sendable {
  /// The version of the specification that the document follows.
  public var ociVersion: SpecVersion
  /// The container's process.
  public var process: Process?
  /// The root file system.
  public var root: Root?
  /// The host name in the UTS namespace.
  public var hostname: ByteString?
  /// The NIS domain name in the UTS namespace.
  public var domainname: ByteString?
  /// Mounts beyond the root, in the order in which they are made.
  public var mounts: [Mount]?
  /// Programs to run at points of the life cycle.
  public var hooks: Hooks?
  /// Arbitrary metadata.
  public var annotations: [ByteString: ByteString]?
  /// What is particular to Linux.
  public var linux: LinuxSpec?

  /// Reads `config.json`.
  public init(members: inout JSONMembers) throws(JSONError) {
    ociVersion = try members.required("ociVersion")
    process = try members.optional("process")
    root = try members.optional("root")
    hostname = try members.optional("hostname")
    domainname = try members.optional("domainname")
    mounts = try members.optional("mounts")
    hooks = try members.optional("hooks")
    annotations = try members.optional("annotations")
    linux = try members.optional("linux")
    for platform in ["windows", "solaris", "zos", "vm", "freebsd"] {
      try members.refuse(platform, because: notOnLinux)
    }
  }
}

/// What fields of other platforms are refused with.
let notOnLinux = "not supported on Linux"

/// The root file system of a container.
public struct Root: JSONObjectDecodable, Equatable, Sendable {
  /// The directory, absolute or relative to the bundle.
  public var path: ByteString
  /// Whether the container sees it read-only.
  public var readonly: Bool?

  /// Reads `root`.
  public init(members: inout JSONMembers) throws(JSONError) {
    path = try members.required("path")
    readonly = try members.optional("readonly")
  }
}
