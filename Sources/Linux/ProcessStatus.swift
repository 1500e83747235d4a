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

  /// Reads the line; nil where it is not one.
  init?(_ line: ByteString) {
    guard let (begin, fields) = Self.fields(of: line), fields.count > 19, fields[0].count == 1,
      let startTime = UInt64(decimal: fields[19]), let open = begin.bytes.firstIndex(of: UInt8(ascii: "(")), open > 1,
      let pid = Int32(decimal: ByteString(begin.bytes[..<(open - 1)]))
    else { return nil }
    self.pid = pid
    command = ByteString(begin.bytes[(open + 1)...])
    state = fields[0].bytes[0]
    self.startTime = startTime
  }

  /// What stands before the end of the command name, which may hold spaces and parentheses itself, and the fields after
  /// it: the first is the state, which is number 3 of the manual page, so that number N is at N - 3.
  static func fields(of line: ByteString) -> (begin: ByteString, fields: [ByteString])? {
    guard let close = line.bytes.lastIndex(of: UInt8(ascii: ")")) else { return nil }
    return (
      ByteString(line.bytes[..<close]), ByteString(line.bytes[(close + 1)...].dropFirst()).split(UInt8(ascii: " "))
    )
  }
}
