internal import Bytes
internal import Linux

/// A process as a row of the table.
struct ProcessRow {
  let details: ProcessDetails
  /// Each followed by NUL; empty where they are not to be shown.
  let arguments: ByteString
  let node: Node

  /// What all rows are seen against.
  struct Node {
    let sinceBoot: Timestamp
    let now: Timestamp
    /// Bytes of memory.
    let memory: UInt64
    /// Names of the node's users and groups; a container's own names mean nothing here.
    let users: [UInt32: String]
    let groups: [UInt32: String]

    static func current() throws(SystemError) -> Node {
      Node(
        sinceBoot: try .sinceBoot(), now: try .now(), memory: try totalMemory(), users: try names("/etc/passwd"),
        groups: try names("/etc/group"))
    }

    private static func totalMemory() throws(SystemError) -> UInt64 {
      let text = ByteString(try FileDescriptor.contents(of: "/proc/meminfo", limit: 65536))
      // The first line: `MemTotal:` and a number of kB.
      let parts = text.split(UInt8(ascii: "\n"))[0].split(UInt8(ascii: " ")).filter { !$0.isEmpty }
      guard parts.count == 3, parts[0] == "MemTotal:", let kibibytes = UInt64(decimal: parts[1]) else {
        throw SystemError(call: "read", errno: ErrorNumber.EPROTO, object: "/proc/meminfo")
      }
      return kibibytes * 1024
    }

    /// The first name of each number in a file of lines `name:password:number:...`.
    private static func names(_ path: ByteString) throws(SystemError) -> [UInt32: String] {
      let text: ByteString
      do {
        text = ByteString(try FileDescriptor.contents(of: path, limit: 1 << 20))
      } catch  where error.errno == ErrorNumber.ENOENT {
        return [:]
      }
      var names: [UInt32: String] = [:]
      for line in text.split(UInt8(ascii: "\n")) {
        let fields = line.split(UInt8(ascii: ":"))
        guard fields.count > 2, let number = UInt32(decimal: fields[2]), names[number] == nil else { continue }
        names[number] = fields[0].description
      }
      return names
    }
  }

  /// Seconds that it has run.
  var processorSeconds: UInt64 { details.ticks / ProcessDetails.ticksPerSecond }

  /// Seconds since its start.
  var elapsedSeconds: UInt64 {
    let started = details.status.startTime / ProcessDetails.ticksPerSecond
    let now = UInt64(clamping: node.sinceBoot.seconds)
    return now > started ? now - started : 0
  }

  /// When it was started, in UTC.
  var started: Timestamp {
    Timestamp(seconds: node.now.seconds - Int64(clamping: elapsedSeconds), nanoseconds: 0)
  }

  /// Tenths of a percent of one processor, over its whole life.
  var processorShare: UInt64 {
    elapsedSeconds == 0 ? 0 : min(details.ticks * 1000 / (elapsedSeconds * ProcessDetails.ticksPerSecond), 999_9)
  }

  /// Tenths of a percent of the node's memory.
  var memoryShare: UInt64 { node.memory == 0 ? 0 : details.resident * 1000 / node.memory }

  /// The short name, which the process can choose: one printable word.
  var name: String { Self.printable(details.status.command) }

  /// The arguments as one line, or the short name in brackets where there is nothing to show.
  var command: String {
    if details.status.hasEnded { return "[\(name)] <defunct>" }
    var words = arguments.bytes[...]
    while words.last == 0 { words.removeLast() }
    if words.isEmpty { return "[\(name)]" }
    return Self.printable(ByteString(words.map { $0 == 0 ? UInt8(ascii: " ") : $0 }))
  }

  /// No line break, no terminal sequence: what a process writes there is its own choice.
  private static func printable(_ text: ByteString) -> String {
    String(decoding: text.bytes.map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
  }
}
