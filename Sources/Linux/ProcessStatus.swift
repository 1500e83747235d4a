public import Bytes

/// What the kernel tells of a process in one read (proc_pid_stat(5)).
public struct ProcessStatus: Equatable, Sendable {
  public let pid: Int32
  /// The command name, which the process itself can choose.
  public let command: ByteString
  /// `R`, `S`, `D`, `Z`, ...
  public let state: UInt8
  /// Clock ticks from boot to its start: with the pid, it identifies a process for this boot.
  public let startTime: UInt64

  /// Whether it has ended and only waits for its parent to notice.
  public var hasEnded: Bool { state == UInt8(ascii: "Z") || state == UInt8(ascii: "X") }

  /// The status of a process; nil where there is none.
  public static func of(pid: Int32) throws(SystemError) -> ProcessStatus? {
    try read("/proc/\(pid)/stat")
  }

  /// The status of this process.
  public static func ofSelf() throws(SystemError) -> ProcessStatus {
    guard let status = try read("/proc/self/stat") else {
      throw SystemError(call: "openat2", errno: ErrorNumber.ENOENT, object: "/proc/self/stat")
    }
    return status
  }

  private static func read(_ path: String) throws(SystemError) -> ProcessStatus? {
    let path = ByteString(path)
    let text: [UInt8]
    do {
      text = try FileDescriptor.open(path, .readOnly).read(atMost: 4096)
    } catch  where error.errno == ErrorNumber.ENOENT || error.errno == ErrorNumber.ESRCH {
      return nil
    }
    guard let status = ProcessStatus(ByteString(text)) else {
      throw SystemError(call: "read", errno: ErrorNumber.EPROTO, object: path)
    }
    return status
  }

  /// Reads the line; nil where it is not one. The command name may hold spaces and parentheses.
  init?(_ line: ByteString) {
    guard let open = line.bytes.firstIndex(of: UInt8(ascii: "(")),
      let close = line.bytes.lastIndex(of: UInt8(ascii: ")")), open < close, open > 1
    else { return nil }
    // From the state on, which is field 3 of the manual page; the start time is field 22.
    let fields = ByteString(line.bytes[(close + 1)...].dropFirst()).split(UInt8(ascii: " "))
    guard fields.count > 19, fields[0].count == 1, let startTime = UInt64(decimal: fields[19]),
      let pid = Int32(decimal: ByteString(line.bytes[..<(open - 1)]))
    else { return nil }
    self.pid = pid
    command = ByteString(line.bytes[(open + 1)..<close])
    state = fields[0].bytes[0]
    self.startTime = startTime
  }
}
