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
  /// Ends every process of the group that this child leads. While the child is not waited for, its number means no
  /// other group.
  public borrowing func killGroup() throws(SystemError) {
    try check(clinux_kill(-pid, 9), "kill", ByteString("group \(pid)"))
  }
}
