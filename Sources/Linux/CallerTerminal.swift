internal import Bytes
internal import CLinux

/// How a terminal was set before it was changed (termios(3)).
public struct TerminalMode: Sendable {
  fileprivate var bytes = [UInt8](repeating: 0, count: Int(CLINUX_TERMINAL_MODE_SIZE))
}

extension FileDescriptor {
  /// Has every key go to the program as it is typed: no echo, no line editing, no signals by keys.
  ///
  /// - Returns: the mode before, for `restore`.
  public borrowing func makeRaw() throws(SystemError) -> TerminalMode {
    var mode = TerminalMode()
    let number = rawValue
    let result = unsafe mode.bytes.withUnsafeMutableBytes { unsafe clinux_terminal_raw(number, $0.baseAddress) }
    try check(result, "ioctl TCSETS", name)
    return mode
  }

  /// Sets a terminal as it was.
  public borrowing func restore(_ mode: TerminalMode) throws(SystemError) {
    let number = rawValue
    let result = unsafe mode.bytes.withUnsafeBytes { unsafe clinux_terminal_restore(number, $0.baseAddress) }
    try check(result, "ioctl TCSETS", name)
  }

  /// Gives this terminal the size of another one.
  public borrowing func takeSize(of other: borrowing FileDescriptor) throws(SystemError) {
    try check(clinux_copy_window_size(other.rawValue, rawValue), "ioctl TIOCSWINSZ", name)
  }

  /// Reads and writes do not wait from here on, for everybody who shares this open file.
  public borrowing func setNonBlocking() throws(SystemError) {
    let flags = try check(clinux_fcntl(rawValue, F_GETFL, 0), "fcntl", name)
    try check(clinux_fcntl(rawValue, F_SETFL, flags | Int(O_NONBLOCK)), "fcntl", name)
  }

  /// Writes as many bytes as fit at present.
  ///
  /// - Returns: how many.
  public borrowing func write(_ contents: [UInt8]) throws(SystemError) -> Int {
    let number = rawValue
    return try retrying("write", name) {
      unsafe contents.withUnsafeBytes { unsafe clinux_write(number, $0.baseAddress, $0.count) }
    }
  }
}

extension CurrentProcess {
  /// A file from which the signals can be read that are held back (signalfd(2)).
  public static func signalFile() throws(SystemError) -> FileDescriptor {
    FileDescriptor(owning: Int32(try check(clinux_signalfd(), "signalfd4", "")))
  }

  /// The next signal of a file of `signalFile`.
  public static func nextSignal(of file: borrowing FileDescriptor) throws(SystemError) -> Int32 {
    // struct signalfd_siginfo: 128 bytes that begin with the number.
    let record = try file.read(atMost: 128)
    guard record.count == 128 else {
      throw SystemError(call: "read", errno: ErrorNumber.EPROTO, object: "signalfd")
    }
    return Int32(record[0])
  }
}
