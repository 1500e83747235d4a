internal import Bytes
public import Linux

/// A process for as long as this boot lasts: a pid alone may come to mean another process.
public struct ProcessIdentity: Equatable, Sendable {
  public let pid: Int32
  /// Clock ticks from boot to its start (field 22 of proc_pid_stat(5)).
  public let startTime: UInt64

  init(pid: Int32, startTime: UInt64) { (self.pid, self.startTime) = (pid, startTime) }

  /// This process.
  public static func current() throws(SystemError) -> ProcessIdentity {
    let status = try ProcessStatus.ofSelf()
    return ProcessIdentity(pid: status.pid, startTime: status.startTime)
  }

  /// The process that has this pid now, such as a child that was not waited for.
  public static func of(pid: Int32) throws(SystemError) -> ProcessIdentity {
    guard let status = try ProcessStatus.of(pid: pid) else {
      throw SystemError(call: "openat2", errno: ErrorNumber.ESRCH, object: ByteString("\(pid)"))
    }
    return ProcessIdentity(pid: pid, startTime: status.startTime)
  }

  /// Whether it still runs; one that only waits for its parent to notice its end does not.
  public func isAlive() throws(SystemError) -> Bool {
    guard let status = try ProcessStatus.of(pid: pid) else { return false }
    return status.startTime == startTime && !status.hasEnded
  }

  /// A handle of this very process; nil where it has ended.
  public func open() throws(SystemError) -> FileDescriptor? {
    do {
      let handle = try FileDescriptor.process(pid)
      // The check comes second: while it holds, the handle that was opened before cannot mean another process.
      if try isAlive() { return handle }
      return nil
    } catch  where error.errno == ErrorNumber.ESRCH {
      return nil
    }
  }
}
