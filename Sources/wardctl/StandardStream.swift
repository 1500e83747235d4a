internal import Linux

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

  func write(_ text: String) throws(SystemError) { try write(Array(text.utf8)) }

  func write(_ bytes: [UInt8]) throws(SystemError) {
    let stream = FileDescriptor(owning: rawValue)
    do {
      try stream.writeAll(bytes)
    } catch {
      _ = stream.release()
      throw error
    }
    _ = stream.release()
  }
}
