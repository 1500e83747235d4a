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

  /// Before a library is loaded that is not Ward's: it can execute no program, reach no network, mount nothing, enter or
  /// make no namespace, read no other process, and change nothing of the kernel. Such a call fails with EPERM, also in
  /// threads that it makes.
  ///
  /// Needs `keep` before.
  public static func beforeLoadingLibrary() throws(SystemError) {
    try check(clinux_confine_library(), "seccomp", "a library")
  }
}
