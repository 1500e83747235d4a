internal import Bytes
internal import Linux

/// A column of the table: those of ps(1) that need no right beyond seeing the process.
struct ProcessColumn: Sendable {
  /// The names that `-o` knows it by.
  let names: [ByteString]
  var header: String
  let alignsRight: Bool
  let value: @Sendable (ProcessRow) -> String

  private init(
    _ names: [ByteString], _ header: String, right: Bool = true, _ value: @escaping @Sendable (ProcessRow) -> String
  ) {
    (self.names, self.header, alignsRight, self.value) = (names, header, right, value)
  }

  /// The column of a name.
  static func named(_ name: ByteString) -> ProcessColumn? { all.first { $0.names.contains(name) } }

  private static let all: [ProcessColumn] = [
    .init(["pid", "tgid"], "PID") { "\($0.details.status.pid)" },
    .init(["ppid"], "PPID") { "\($0.details.parent)" },
    .init(["pgid", "pgrp"], "PGID") { "\($0.details.group)" },
    .init(["sid", "sess", "session"], "SID") { "\($0.details.session)" },
    .init(["user", "euser", "uname"], "USER", right: false) { $0.user($0.details.users.effective) },
    .init(["ruser"], "RUSER", right: false) { $0.user($0.details.users.real) },
    .init(["uid", "euid"], "UID") { "\($0.details.users.effective)" },
    .init(["ruid"], "RUID") { "\($0.details.users.real)" },
    .init(["group", "egroup"], "GROUP", right: false) { $0.group($0.details.groups.effective) },
    .init(["rgroup"], "RGROUP", right: false) { $0.group($0.details.groups.real) },
    .init(["gid", "egid"], "GID") { "\($0.details.groups.effective)" },
    .init(["rgid"], "RGID") { "\($0.details.groups.real)" },
    .init(["c"], "C") { "\($0.processorShare / 10)" },
    .init(["pcpu", "%cpu"], "%CPU") { tenths($0.processorShare) },
    .init(["pmem", "%mem"], "%MEM") { tenths($0.memoryShare) },
    .init(["rss", "rssize", "rsz"], "RSS") { "\($0.details.resident / 1024)" },
    .init(["vsz", "vsize"], "VSZ") { "\($0.details.size / 1024)" },
    .init(["sz"], "SZ") { "\($0.details.size / ProcessDetails.pageBytes)" },
    .init(["stime", "start_time"], "STIME") { $0.startText },
    .init(["start", "bsdstart"], "START") { $0.startText },
    .init(["etime"], "ELAPSED") { duration($0.elapsedSeconds, dayOnly: true) },
    .init(["etimes"], "ELAPSED") { "\($0.elapsedSeconds)" },
    .init(["time", "cputime"], "TIME") { duration($0.processorSeconds, dayOnly: false) },
    .init(["cputimes", "times"], "TIME") { "\($0.processorSeconds)" },
    .init(["tty", "tt"], "TT", right: false) { $0.terminalText },
    .init(["tname"], "TTY", right: false) { $0.terminalText },
    .init(["s", "state"], "S", right: false) { String(Unicode.Scalar($0.details.status.state)) },
    .init(["stat"], "STAT", right: false) { $0.stateText },
    .init(["ni", "nice"], "NI") { "\($0.details.nice)" },
    .init(["pri"], "PRI") { "\(39 - $0.details.priority)" },
    .init(["nlwp", "thcount"], "NLWP") { "\($0.details.threads)" },
    .init(["psr"], "PSR") { "\($0.details.processor)" },
    .init(["comm", "ucmd", "ucomm"], "COMMAND", right: false) { $0.name },
    .init(["args", "cmd", "command"], "COMMAND", right: false) { $0.command },
  ]

  private static func tenths(_ value: UInt64) -> String { "\(value / 10).\(value % 10)" }

  /// `[days-]hours:minutes:seconds`; of an elapsed time, the hours are left out where they are zero.
  private static func duration(_ seconds: UInt64, dayOnly: Bool) -> String {
    let (days, hours) = (seconds / 86400, seconds / 3600 % 24)
    let rest = two(seconds / 60 % 60) + ":" + two(seconds % 60)
    if days > 0 { return "\(days)-\(two(hours)):\(rest)" }
    return dayOnly && hours == 0 ? rest : "\(two(hours)):\(rest)"
  }

  fileprivate static func two(_ number: UInt64) -> String { number < 10 ? "0\(number)" : "\(number)" }
}

extension ProcessRow {
  fileprivate func user(_ number: UInt32) -> String { node.users[number] ?? "\(number)" }
  fileprivate func group(_ number: UInt32) -> String { node.groups[number] ?? "\(number)" }

  /// The time of day within the last 24 hours, otherwise the date; in UTC.
  fileprivate var startText: String {
    let text = Array(started.rfc3339Seconds.utf8)
    if elapsedSeconds < 86400 { return String(decoding: text[11..<16], as: UTF8.self) }
    return String(decoding: text[..<10], as: UTF8.self)
  }

  /// Terminals by their numbers (Documentation/admin-guide/devices.txt of Linux).
  fileprivate var terminalText: String {
    let number = details.terminal
    let (major, minor) = (number >> 8 & 0xFFF, number & 0xFF | number >> 12 & 0xFFF00)
    return switch major {
    case 0: "?"
    case 136...143: "pts/\((major - 136) << 20 | minor)"
    case 4 where minor < 64: "tty\(minor)"
    case _: "\(major):\(minor)"
    }
  }

  fileprivate var stateText: String {
    var text = String(Unicode.Scalar(details.status.state))
    if details.nice < 0 { text += "<" } else if details.nice > 0 { text += "N" }
    if details.session == details.status.pid { text += "s" }
    if details.threads > 1 { text += "l" }
    if details.terminal != 0 && details.foreground == details.group { text += "+" }
    return text
  }
}
