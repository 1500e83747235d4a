public import Bytes
public import StrictJSON

/// What a configuration holds for Linux: `linux` of `config.json`.
public struct LinuxSpec: JSONObjectDecodable, Equatable, Sendable {
  /// User ids of the user namespace.
  public var uidMappings: [IDMapping]?
  /// Group ids of the user namespace.
  public var gidMappings: [IDMapping]?
  /// Kernel parameters.
  public var sysctl: [ByteString: ByteString]?
  /// Limits of the cgroup.
  public var resources: Resources?
  /// The cgroup, as a path or in systemd's form `slice:prefix:name`.
  public var cgroupsPath: ByteString?
  /// Namespaces to make or to join.
  public var namespaces: [Namespace]?
  /// Device nodes to make.
  public var devices: [Device]?
  /// Network devices to move into the container, by their name outside.
  public var netDevices: [ByteString: NetDevice]?
  /// The system call filter.
  public var seccomp: Seccomp?
  /// The propagation of the root mount.
  public var rootfsPropagation: Propagation?
  /// Paths that the container cannot read.
  public var maskedPaths: [ByteString]?
  /// Paths that the container cannot write.
  public var readonlyPaths: [ByteString]?
  /// The SELinux label of mounts.
  public var mountLabel: ByteString?
  /// Cache and memory bandwidth classes.
  public var intelRdt: IntelRdt?
  /// The NUMA memory policy.
  public var memoryPolicy: MemoryPolicy?
  /// The execution domain.
  public var personality: Personality?
  /// Offsets of the clocks of a time namespace.
  public var timeOffsets: TimeOffsets?

  /// Reads `linux`.
  public init(members: inout JSONMembers) throws(JSONError) {
    uidMappings = try members.optional("uidMappings")
    gidMappings = try members.optional("gidMappings")
    sysctl = try members.optional("sysctl")
    resources = try members.optional("resources")
    cgroupsPath = try members.optional("cgroupsPath")
    namespaces = try members.optional("namespaces")
    devices = try members.optional("devices")
    netDevices = try members.optional("netDevices")
    seccomp = try members.optional("seccomp")
    rootfsPropagation = try members.optional("rootfsPropagation")
    maskedPaths = try members.optional("maskedPaths")
    readonlyPaths = try members.optional("readonlyPaths")
    mountLabel = try members.optional("mountLabel")
    intelRdt = try members.optional("intelRdt")
    memoryPolicy = try members.optional("memoryPolicy")
    personality = try members.optional("personality")
    timeOffsets = try members.optional("timeOffsets")
  }
}

/// How mounts spread; the forms with `r` are for the whole tree.
public enum Propagation: String, JSONEnumeration {
  case `private`, rprivate, shared, rshared, slave, rslave, unbindable, runbindable
}
