public import Bytes

/// What `ps` shows of a process, as the kernel tells it (proc_pid_stat(5), proc_pid_status(5)).
public struct ProcessDetails: Sendable {
  public let status: ProcessStatus
  public let parent: Int32
  public let group: Int32
  public let session: Int32
  /// The number of the controlling terminal; 0 without one.
  public let terminal: UInt32
  /// The group in the foreground of that terminal.
  public let foreground: Int32
  /// Clock ticks that it has run, in user mode and in the kernel.
  public let ticks: UInt64
  public let nice: Int32
  public let priority: Int32
  public let threads: Int32
  /// Bytes of address space, and of those in memory.
  public let size: UInt64
  public let resident: UInt64
  public let processor: Int32
  /// Real and effective user and group.
  public let users: (real: UInt32, effective: UInt32)
  public let groups: (real: UInt32, effective: UInt32)

  /// Ticks in a second and bytes in a page, as the kernel counts for programs (USER_HZ) on every architecture that Ward
  /// is built for.
  public static let ticksPerSecond: UInt64 = 100
  public static let pageBytes: UInt64 = 4096

  /// The details of a process; nil where there is none by now.
  public static func of(pid: Int32) throws(SystemError) -> ProcessDetails? {
    guard let line = try text("/proc/\(pid)/stat"), let status = try text("/proc/\(pid)/status") else { return nil }
    guard let details = ProcessDetails(stat: line, status: status) else {
      throw SystemError(call: "read", errno: ErrorNumber.EPROTO, object: ByteString("/proc/\(pid)/stat"))
    }
    return details
  }

  /// The arguments of a process as one text, in which each is followed by NUL; empty where it has none. The process
  /// itself can write anything there.
  public static func arguments(of pid: Int32) throws(SystemError) -> ByteString {
    try text("/proc/\(pid)/cmdline") ?? ""
  }

  private static func text(_ path: String) throws(SystemError) -> ByteString? {
    do {
      return ByteString(try FileDescriptor.open(ByteString(path), .readOnly).read(atMost: 16384))
    } catch  where error.errno == ErrorNumber.ENOENT || error.errno == ErrorNumber.ESRCH {
      return nil
    }
  }

  /// Reads the line of `stat` and the text of `status`; nil where they are none.
  init?(stat line: ByteString, status text: ByteString) {
    guard let status = ProcessStatus(line), let fields = ProcessStatus.fields(of: line)?.fields, fields.count > 36
    else { return nil }
    func number<Number: FixedWidthInteger>(_ field: Int) -> Number? { Number(decimal: fields[field - 3]) }
    func value(_ name: ByteString) -> ByteString? {
      let prefix = name + ":\t"
      let line = text.split(UInt8(ascii: "\n")).first { $0.hasPrefix(prefix) }
      return line.map { ByteString($0.bytes.dropFirst(prefix.count)) }
    }
    func ids(_ name: ByteString) -> (UInt32, UInt32)? {
      let parts = value(name)?.split(UInt8(ascii: "\t")) ?? []
      guard parts.count == 4, let real = UInt32(decimal: parts[0]), let effective = UInt32(decimal: parts[1]) else {
        return nil
      }
      return (real, effective)
    }
    guard let parent: Int32 = number(4), let group: Int32 = number(5), let session: Int32 = number(6),
      let terminal: Int32 = number(7), let foreground: Int32 = number(8), let user: UInt64 = number(14),
      let system: UInt64 = number(15), let priority: Int32 = number(18), let nice: Int32 = number(19),
      let threads: Int32 = number(20), let size: UInt64 = number(23),
      let processor: Int32 = number(39), let users = ids("Uid"), let groups = ids("Gid")
    else { return nil }
    (self.status, self.parent, self.group, self.session) = (status, parent, group, session)
    (self.terminal, self.foreground) = (UInt32(bitPattern: terminal), foreground)
    (ticks, self.nice, self.priority, self.threads) = (user &+ system, nice, priority, threads)
    (self.size, self.processor) = (size, processor)
    (self.users, self.groups) = (users, groups)
    // The sum in `stat` may lag behind; a process that has ended has none.
    let kibibytes = value("VmRSS")?.split(UInt8(ascii: " ")).filter { !$0.isEmpty }.first
    resident = (kibibytes.flatMap { UInt64(decimal: $0) } ?? 0) * 1024
  }
}
