internal import Linux

extension ChildProcess {
  /// Waits for the end of this child, and passes on every signal that comes meanwhile, as if it had been sent to the
  /// child. All signals are held back (`CurrentProcess.blockSignals`) since before the child was made.
  borrowing func waitPassingSignals() throws(SystemError) -> ExitStatus {
    while true {
      if let status = try take(try CurrentProcess.waitForSignal()) { return status }
    }
  }

  /// Takes a signal that was held back: one that tells of children for this process, others for the child.
  ///
  /// Orphans of the container that this process inherits are waited for, too.
  /// - Returns: how the child ended, where the signal tells of that.
  borrowing func take(_ signal: Int32) throws(SystemError) -> ExitStatus? {
    guard signal == CurrentProcess.childSignal else {
      do {
        try handle.signal(signal)
      } catch  where error.errno == ErrorNumber.ESRCH {
        // Its end is about to be told.
      }
      return nil
    }
    var end: ExitStatus?
    while let (pid, status) = try CurrentProcess.reapChild() {
      if pid == self.pid { end = status }
    }
    return end
  }
}
