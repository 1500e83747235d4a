internal import Bytes
internal import Linux

/// A line on a terminal that says what takes the time; nothing where standard error is no terminal.
struct Progress {
  private let name: String
  private let isShown: Bool

  init(name: String) {
    self.name = ByteString(name).description
    isShown = CurrentProcess.isTerminal(2)
  }

  func report(_ step: String) { write("\r\u{1B}[K\(name): \(step) ...") }

  /// Clears the line.
  func end() { write("\r\u{1B}[K") }

  private func write(_ text: String) {
    guard isShown else { return }
    // A terminal that went away is no reason to stop.
    do { try StandardStream.error.write(text) } catch {}
  }
}

/// Standard output and error, without a buffer of this process's own.
enum StandardStream: Int32 {
  case input = 0
  case output = 1
  case error = 2

  /// Everything that comes, up to a bound in bytes.
  func readToEnd(limit: Int) throws(SystemError) -> [UInt8] {
    let stream = FileDescriptor(owning: rawValue)
    do {
      let bytes = try stream.readToEnd(limit: limit)
      _ = stream.release()
      return bytes
    } catch {
      _ = stream.release()
      throw error
    }
  }

  func write(_ text: String) throws(SystemError) {
    let stream = FileDescriptor(owning: rawValue)
    do {
      try stream.writeAll(Array(text.utf8))
    } catch {
      _ = stream.release()
      throw error
    }
    _ = stream.release()
  }
}
