internal import Bytes
internal import CLinux

extension CurrentProcess {
  /// Ends this process with the one that made it (PR_SET_PDEATHSIG).
  ///
  /// - Parameter parent: Who that is, as seen from here.
  /// - Throws: ESRCH where it has gone already.
  public static func endWithParent(_ parent: Int32) throws(SystemError) {
    try check(clinux_prctl(1, 9, 0, 0, 0), "prctl PR_SET_PDEATHSIG", "")
    guard clinux_getppid() == Int(parent) else {
      throw SystemError(call: "getppid", errno: ErrorNumber.ESRCH, object: ByteString("\(parent)"))
    }
  }
}

extension ChildProcess {
  /// Limits a resource of the process (prlimit(2)); the number of the resource is the kernel's.
  public borrowing func setLimit(_ resource: Int32, soft: UInt64, hard: UInt64) throws(SystemError) {
    let limits = [soft, hard]
    try check(unsafe clinux_prlimit(pid, resource, limits, nil), "prlimit", ByteString("resource \(resource)"))
  }

  /// Takes a second descriptor of a file that is open in the process (pidfd_getfd(2), Linux 5.6).
  public borrowing func file(_ number: Int32) throws(SystemError) -> FileDescriptor {
    let result = clinux_pidfd_getfd(handle.rawValue, number, 0)
    return FileDescriptor(owning: Int32(try check(result, "pidfd_getfd", ByteString("fd \(number)"))))
  }

  /// Ends every process of the group that this child leads. While the child is not waited for, its number means no
  /// other group.
  public borrowing func killGroup() throws(SystemError) {
    try check(clinux_kill(-pid, 9), "kill", ByteString("group \(pid)"))
  }
}
