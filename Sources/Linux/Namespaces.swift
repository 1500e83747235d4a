public import Bytes
internal import CLinux

/// Kinds of namespaces (namespaces(7)); the values are CLONE_NEW*.
public struct Namespaces: OptionSet, Hashable, Sendable {
  public let rawValue: UInt64
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  public static let time = Namespaces(rawValue: 0x80)
  public static let mount = Namespaces(rawValue: 0x2_0000)
  public static let cgroup = Namespaces(rawValue: 0x200_0000)
  public static let uts = Namespaces(rawValue: 0x400_0000)
  public static let ipc = Namespaces(rawValue: 0x800_0000)
  public static let user = Namespaces(rawValue: 0x1000_0000)
  public static let pid = Namespaces(rawValue: 0x2000_0000)
  public static let network = Namespaces(rawValue: 0x4000_0000)
}

extension FileDescriptor {
  /// The kind of the namespace that this file of nsfs stands for (ioctl_ns(2)).
  ///
  /// - Throws: ENOTTY where it is no namespace.
  public borrowing func namespaceKind() throws(SystemError) -> Namespaces {
    let type = try check(clinux_ioctl(rawValue, 0xb703 /* NS_GET_NSTYPE */, 0), "ioctl NS_GET_NSTYPE", name)
    return Namespaces(rawValue: UInt64(type))
  }

  /// Brings up the loopback interface of the network namespace in which this socket was made.
  public borrowing func bringUpLoopback() throws(SystemError) {
    try check(clinux_loopback_up(rawValue), "ioctl SIOCSIFFLAGS", "lo")
  }
}

extension CurrentProcess {
  /// Gives this process new namespaces; a pid and a time namespace only for its later children (unshare(2)).
  public static func unshare(_ namespaces: Namespaces) throws(SystemError) {
    try check(clinux_unshare(namespaces.rawValue), "unshare", "")
  }

  /// Enters the namespace of an nsfs file, or the named ones of the process of a pidfd, all or none (setns(2)).
  ///
  /// A pid namespace only holds for later children.
  public static func enter(_ namespaces: Namespaces, of file: borrowing FileDescriptor) throws(SystemError) {
    try check(clinux_setns(file.rawValue, Int32(truncatingIfNeeded: namespaces.rawValue)), "setns", file.name)
  }

  /// Sets the name of the machine in this UTS namespace.
  public static func setHostname(_ name: ByteString) throws(SystemError) {
    let count = name.count
    try check(try unsafe withPath(name) { unsafe clinux_sethostname($0, count) }, "sethostname", name)
  }

  /// Sets the NIS domain name in this UTS namespace.
  public static func setDomainname(_ name: ByteString) throws(SystemError) {
    let count = name.count
    try check(try unsafe withPath(name) { unsafe clinux_setdomainname($0, count) }, "setdomainname", name)
  }

  /// Leaves the session keyring of the caller for a new, empty one: keys of the node must not be within a container's
  /// reach (keyrings(7)).
  public static func joinNewSessionKeyring(_ name: ByteString) throws(SystemError) {
    let result = try unsafe withPath(name) { unsafe clinux_join_session_keyring($0) }
    // A kernel without keyrings has none to leave.
    if result == -Int(ErrorNumber.ENOSYS) { return }
    try check(result, "keyctl", name)
  }
}
