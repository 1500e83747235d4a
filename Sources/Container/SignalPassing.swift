internal import Linux

extension ChildProcess {
  /// Waits for the end of this child, and passes on every signal that comes meanwhile, as if it had been sent to the
  /// child. All signals are held back (`CurrentProcess.blockSignals`) since before the child was made.
  ///
  /// Orphans of the container that this process inherits are waited for, too.
  borrowing func waitPassingSignals() throws(SystemError) -> ExitStatus {
    while true {
      let signal = try CurrentProcess.waitForSignal()
      guard signal == CurrentProcess.childSignal else {
        do {
          try handle.signal(signal)
        } catch  where error.errno == ErrorNumber.ESRCH {
          // Its end is about to be told.
        }
        continue
      }
      while let (pid, status) = try CurrentProcess.reapChild() {
        if pid == self.pid { return status }
      }
    }
  }
}
