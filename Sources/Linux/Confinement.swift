internal import Bytes
internal import CLinux

/// How Ward's small programs, which do one thing for `ward`, give up everything else before they do it.
public enum Confinement {
  /// CAP_SYS_ADMIN.
  public static let administration: UInt64 = 1 << 21

  /// Gives up every right but these (a bit for each capability), and to get one by executing a program; nobody looks into
  /// this process.
  public static func keep(rights: UInt64) throws(SystemError) {
    try CurrentProcess.setDumpable(false)
    try CurrentProcess.forbidNewPrivileges()
    try CurrentProcess.setAmbientCapabilities(0)
    try CurrentProcess.setCapabilities(ThreadCapabilities(effective: rights, permitted: rights, inheritable: 0))
  }

  /// Makes what the kernel shows as files read-only for this process: with a user id of 0 it could otherwise have the
  /// kernel start a program by a file below /proc/sys, whatever capabilities it lacks, or write to another's memory.
  ///
  /// Before `keep`, which leaves no way to do it.
  public static func makeKernelFilesReadOnly() throws(SystemError) {
    try CurrentProcess.unshare(.mount)
    // What the node unmounts is unmounted here too.
    try FileDescriptor.open("/", [.path, .directory]).setMount([], propagation: .slave, recursive: true)
    for place in ["/proc", "/sys"] as [ByteString] {
      try FileDescriptor.open(place, [.path, .directory]).setMount(.readOnly, recursive: true)
    }
  }

  /// Before a library is loaded that is not Ward's: it can execute no program, reach no network, mount nothing, enter or
  /// make no namespace, trace no other process, and change nothing of the kernel by a call. Such a call fails with EPERM,
  /// also in threads that it makes. Left are the node's files, as its user may use them, and the sockets among them.
  ///
  /// Needs `keep` before.
  public static func beforeLoadingLibrary() throws(SystemError) {
    try check(clinux_confine_library(), "seccomp", "a library")
  }
}
