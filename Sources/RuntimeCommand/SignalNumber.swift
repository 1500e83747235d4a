internal import Bytes

/// Signals by name and number (signal(7)).
enum SignalNumber {
  private static let names: [ByteString] = [
    "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM",
    "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO",
    "PWR", "SYS",
  ]
  private static let others: [ByteString: Int32] = ["IOT": 6, "CLD": 17, "POLL": 29]
  private static let realtime: ClosedRange<Int32> = 34...64

  static let term: Int32 = 15
  static let kill: Int32 = 9

  /// The number that a text stands for: a number up to 64, where 0 only asks, or a name with or without `SIG`, in
  /// capitals or not.
  static func parse(_ text: ByteString) throws(CommandError) -> Int32 {
    if let number = Int32(decimal: text), (0...realtime.upperBound).contains(number) { return number }
    var name = ByteString(text.bytes.map { (0x61...0x7A).contains($0) ? $0 - 0x20 : $0 })
    if name.hasPrefix("SIG") { name = ByteString(name.bytes.dropFirst(3)) }
    if let index = names.firstIndex(of: name) { return Int32(index + 1) }
    if let number = others[name] ?? parseRealtime(name) { return number }
    throw CommandError("unknown signal \"\(text)\"")
  }

  /// `RTMIN`, `RTMIN+N`, `RTMAX` and `RTMAX-N`.
  private static func parseRealtime(_ name: ByteString) -> Int32? {
    if name == "RTMIN" { return realtime.lowerBound }
    if name == "RTMAX" { return realtime.upperBound }
    let number: Int32? =
      if name.hasPrefix("RTMIN+") {
        Int32(decimal: ByteString(name.bytes.dropFirst(6))).flatMap { $0 < 0 ? nil : realtime.lowerBound &+ $0 }
      } else if name.hasPrefix("RTMAX-") {
        Int32(decimal: ByteString(name.bytes.dropFirst(6))).flatMap { $0 < 0 ? nil : realtime.upperBound - $0 }
      } else {
        nil
      }
    return number.flatMap { realtime.contains($0) ? $0 : nil }
  }
}
