public import Bytes
public import StrictJSON

/// The five capability sets of a process.
public struct Capabilities: JSONObjectDecodable, Equatable, Sendable {
  /// What can ever be gained.
  public var bounding: [Capability]?
  /// What is checked.
  public var effective: [Capability]?
  /// What execve may keep.
  public var inheritable: [Capability]?
  /// What may be made effective.
  public var permitted: [Capability]?
  /// What execve of an ordinary program keeps.
  public var ambient: [Capability]?

  /// Reads `capabilities`.
  public init(members: inout JSONMembers) throws(JSONError) {
    bounding = try members.optional("bounding")
    effective = try members.optional("effective")
    inheritable = try members.optional("inheritable")
    permitted = try members.optional("permitted")
    ambient = try members.optional("ambient")
  }
}

/// A capability; the raw value is the kernel's number (`linux/capability.h`, complete for Linux 5.9 to 6.12).
public enum Capability: UInt8, CaseIterable, Sendable {
  case chown, dacOverride, dacReadSearch, fowner, fsetid, kill, setgid, setuid, setpcap, linuxImmutable
  case netBindService, netBroadcast, netAdmin, netRaw, ipcLock, ipcOwner, sysModule, sysRawio, sysChroot, sysPtrace
  case sysPacct, sysAdmin, sysBoot, sysNice, sysResource, sysTime, sysTtyConfig, mknod, lease, auditWrite
  case auditControl, setfcap, macOverride, macAdmin, syslog, wakeAlarm, blockSuspend, auditRead, perfmon, bpf
  case checkpointRestore

  /// The names, by number.
  private static let names: [ByteString] = [
    "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID",
    "CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN",
    "CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT",
    "CAP_SYS_PTRACE", "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE", "CAP_SYS_RESOURCE",
    "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL",
    "CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND",
    "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE",
  ]

  /// The name, as `CAP_CHOWN`.
  public var name: ByteString { Self.names[Int(rawValue)] }

  /// The capability of exactly this name, or nil.
  public init?(name: ByteString) {
    guard let number = Self.names.firstIndex(of: name) else { return nil }
    self.init(rawValue: UInt8(number))
  }
}

extension Capability: JSONDecodable {
  /// Reads a name.
  public init(json: JSONValue) throws(JSONError) {
    let name = try ByteString(json: json)
    guard let capability = Self(name: name) else {
      throw .value(expected: "a capability such as CAP_CHOWN", found: name)
    }
    self = capability
  }
}
