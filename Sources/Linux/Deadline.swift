internal import Bytes
internal import CLinux

/// A moment by which something must have happened, on the clock that nobody sets (CLOCK_MONOTONIC).
public struct Deadline: Sendable {
  private let nanoseconds: Int64

  /// The moment that lies so far ahead.
  public init(milliseconds: Int32) throws(SystemError) {
    nanoseconds = try Deadline.now() + Int64(milliseconds) * 1_000_000
  }

  /// What is left, rounded up; 0 when the moment has passed.
  public func remainingMilliseconds() throws(SystemError) -> Int32 {
    let rest = nanoseconds - (try Deadline.now())
    return Int32(clamping: max(0, (rest + 999_999) / 1_000_000))
  }

  private static func now() throws(SystemError) -> Int64 {
    var (seconds, nanoseconds): (Int64, Int64) = (0, 0)
    try check(unsafe clinux_clock(CLOCK_MONOTONIC, &seconds, &nanoseconds), "clock_gettime", "monotonic")
    return seconds * 1_000_000_000 + nanoseconds
  }
}

extension FileDescriptor {
  /// Waits until a read would not block.
  ///
  /// - Throws: ETIMEDOUT when the moment passes before.
  public borrowing func waitUntilReadable(by deadline: Deadline) throws(SystemError) {
    var entry = pollfd(fd: rawValue, events: Int16(POLLIN), revents: 0)
    while true {
      let remaining = try deadline.remainingMilliseconds()
      let result = unsafe clinux_poll(&entry, 1, remaining)
      if result == -Int(ErrorNumber.EINTR) { continue }
      if try check(result, "poll", name) > 0 { return }
      throw SystemError(call: "poll", errno: ErrorNumber.ETIMEDOUT, object: name)
    }
  }

  /// Sends every byte through a connected socket; EPIPE instead of a signal where the other end has gone.
  public borrowing func sendAll(_ bytes: [UInt8]) throws(SystemError) {
    let number = rawValue
    var done = 0
    while done < bytes.count {
      let start = done
      done += try retrying("send", name) {
        unsafe bytes.withUnsafeBytes { buffer in
          let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[start...])
          return unsafe clinux_send(number, rest.baseAddress, rest.count)
        }
      }
    }
  }
}
