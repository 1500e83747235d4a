internal import Bytes
internal import CLinux

extension FileDescriptor {
  /// A handle of a process of this pid namespace that never comes to mean another one (pidfd_open(2)).
  ///
  /// - Throws: ESRCH where there is no such process.
  public static func process(_ pid: Int32) throws(SystemError) -> FileDescriptor {
    FileDescriptor(owning: Int32(try check(clinux_pidfd_open(pid, 0), "pidfd_open", ByteString("\(pid)"))))
  }

  /// Sends a signal to the process of this handle; 0 only checks.
  ///
  /// - Throws: ESRCH where the process has ended.
  public borrowing func signal(_ number: Int32) throws(SystemError) {
    try check(clinux_pidfd_send_signal(rawValue, number, 0), "pidfd_send_signal", name)
  }

  /// Waits until the process of this handle has ended; false when the time ran out first.
  public borrowing func waitForEnd(milliseconds: Int32) throws(SystemError) -> Bool {
    var entry = pollfd(fd: rawValue, events: Int16(POLLIN), revents: 0)
    return try retrying("poll", name) { unsafe clinux_poll(&entry, 1, milliseconds) } > 0
  }
}

extension Timestamp {
  /// Holds this process up, where nothing tells of the awaited change.
  ///
  /// It ends early when a signal comes: the caller looks and waits again.
  public static func pause(milliseconds: Int32) { _ = clinux_poll(nil, 0, milliseconds) }
}
