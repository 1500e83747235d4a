internal import Bytes
internal import CLinux

extension FileDescriptor {
  /// Makes this pseudo-terminal master usable.
  ///
  /// - Returns: the number of its other end, which is also its name in devpts.
  public borrowing func unlockTerminal() throws(SystemError) -> UInt32 {
    var number: UInt32 = 0
    try check(unsafe clinux_pty_unlock(rawValue, &number), "ioctl TIOCSPTLCK", name)
    return number
  }

  /// The other end of this pseudo-terminal master, opened without any path (TIOCGPTPEER, Linux 4.13).
  public borrowing func openTerminalPeer() throws(SystemError) -> FileDescriptor {
    let flags = O_RDWR | O_NOCTTY | O_CLOEXEC
    return FileDescriptor(owning: Int32(try check(clinux_pty_peer(rawValue, flags), "ioctl TIOCGPTPEER", name)))
  }

  /// Sets the size of a terminal in characters.
  public borrowing func setWindowSize(rows: UInt16, columns: UInt16) throws(SystemError) {
    try check(clinux_set_window_size(rawValue, rows, columns), "ioctl TIOCSWINSZ", name)
  }

  /// Makes this terminal the one of the session that this process leads.
  public borrowing func becomeControllingTerminal() throws(SystemError) {
    try check(clinux_set_controlling_terminal(rawValue), "ioctl TIOCSCTTY", name)
  }
}
