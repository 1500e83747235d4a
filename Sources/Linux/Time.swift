internal import Bytes
internal import CLinux

/// A moment of the node's wall clock.
public struct Timestamp: Equatable, Comparable, Sendable {
  /// Seconds since 1970-01-01T00:00:00Z.
  public let seconds: Int64
  /// 0 ... 999,999,999.
  public let nanoseconds: Int64

  /// A moment from its parts.
  public init(seconds: Int64, nanoseconds: Int64) {
    self.seconds = seconds
    self.nanoseconds = nanoseconds
  }

  /// The wall clock's present value.
  public static func now() throws(SystemError) -> Timestamp {
    var (seconds, nanoseconds): (Int64, Int64) = (0, 0)
    try check(unsafe clinux_clock(CLOCK_REALTIME, &seconds, &nanoseconds), "clock_gettime", "realtime")
    return Timestamp(seconds: seconds, nanoseconds: nanoseconds)
  }

  /// How long the node has been up, the time of its sleep included: the clock from which a process's start is counted.
  public static func sinceBoot() throws(SystemError) -> Timestamp {
    var (seconds, nanoseconds): (Int64, Int64) = (0, 0)
    try check(unsafe clinux_clock(CLOCK_BOOTTIME, &seconds, &nanoseconds), "clock_gettime", "boottime")
    return Timestamp(seconds: seconds, nanoseconds: nanoseconds)
  }

  /// Order in time.
  public static func < (left: Timestamp, right: Timestamp) -> Bool {
    (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
  }

  /// RFC 3339 in UTC, with nine decimals: `2026-11-21T07:33:23.000000000Z`.
  public var rfc3339: String { date + "." + pad(nanoseconds, 9) + "Z" }

  /// RFC 3339 in UTC, without a fraction.
  public var rfc3339Seconds: String { date + "Z" }

  /// Days to a civil date by counting years from March, so that the leap day comes last.
  private var date: String {
    let days = seconds >= 0 ? seconds / 86400 : (seconds - 86399) / 86400
    let rest = seconds - days * 86400
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let march = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * march + 2) / 5 + 1
    let month = march < 10 ? march + 3 : march - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return pad(year, 4) + "-" + pad(month, 2) + "-" + pad(day, 2) + "T" + pad(rest / 3600, 2) + ":"
      + pad(rest / 60 % 60, 2) + ":" + pad(rest % 60, 2)
  }

  private func pad(_ value: Int64, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
