internal import Bytes
internal import Container
internal import Linux

/// Where the one record of a failed command goes.
struct Log {
  /// The form of a record; the names are runc's.
  enum Format: Equatable { case text, json }

  /// The file of `--log`; nil is the standard error stream.
  var path: ByteString?
  var format = Format.text

  /// The most bytes of a message: what is longer callers would cut, and the end is what they keep least.
  static let limit = 1000

  /// Writes the record: to the file, and in any case what happened to the standard error stream.
  func report(_ error: CommandError) {
    let error = CommandError(Self.cut(error.message), exitCode: error.exitCode)
    let time: String
    do { time = try Timestamp.now().rfc3339Seconds } catch { time = "1970-01-01T00:00:00Z" }
    guard let path else {
      Output.write(Self.record(error.message, time: time, format), to: .error)
      return
    }
    Output.write(error.message + "\n", to: .error)
    do {
      try Self.append(Self.record(error.message, time: time, format, isFile: true), to: path)
    } catch {
      Output.write("cannot write the log: \(error)\n", to: .error)
    }
  }

  /// Writes the record of what went wrong without making the command fail: only to the file, where there is one, since
  /// callers take what stands on the standard error stream for part of the answer.
  @Sendable func warn(_ message: String) {
    let time: String
    do { time = try Timestamp.now().rfc3339Seconds } catch { time = "1970-01-01T00:00:00Z" }
    let record = Self.record(message, time: time, format, level: "warning", isFile: path != nil)
    guard let path else {
      Output.write(record, to: .error)
      return
    }
    do { try Self.append(record, to: path) } catch { Output.write("cannot write the log: \(error)\n", to: .error) }
  }

  /// One line in the form of logrus, which callers of runc parse.
  ///
  /// In a file, a shell would find nothing to expand: the caller chooses the file, and part of the message.
  static func record(_ message: String, time: String, _ format: Format, level: String = "error", isFile: Bool = false)
    -> String
  {
    let quoted = quoted(message, sparingExpansion: isFile)
    return switch format {
    case .text: "time=\"\(time)\" level=\(level) msg=\(quoted)\n"
    case .json: "{\"level\":\"\(level)\",\"msg\":\(quoted),\"time\":\"\(time)\"}\n"
    }
  }

  static func cut(_ message: String) -> String {
    guard message.utf8.count > limit else { return message }
    return String(decoding: message.utf8.prefix(limit - 3), as: UTF8.self) + "..."
  }

  /// A JSON string in ASCII.
  private static func quoted(_ message: String, sparingExpansion: Bool) -> String {
    var text = "\""
    for unit in message.utf16 {
      switch unit {
      case 0x22: text += "\\\""
      case 0x5C: text += "\\\\"
      case 0x20..<0x7F where !(sparingExpansion && (unit == 0x24 || unit == 0x60)):
        text.unicodeScalars.append(Unicode.Scalar(UInt8(unit)))
      default: text += "\\u" + Hex.encode([UInt8(unit >> 8), UInt8(unit & 255)])
      }
    }
    return text + "\""
  }

  /// Adds to a log, new or begun by a runtime, and to no other file: the path is the caller's, the right to write is
  /// the node's.
  private static func append(_ record: String, to path: ByteString) throws(SystemError) {
    let file = try CallerFile.directory(of: path).open(
      path.lastPathComponent, [.readWrite, .create, .append, .noFollow, .nonBlocking], resolve: [.beneath, .noSymlinks])
    let status = try file.status()
    let isPlain = status.kind == .regular && status.links == 1
    let begin = ByteString(isPlain ? try file.read(atMost: 6) : Array("other".utf8))
    guard begin.isEmpty || begin == "time=\"" || begin == "{\"leve" else {
      throw SystemError(call: "open", errno: ErrorNumber.EEXIST, object: path)
    }
    try file.writeAll(Array(record.utf8))
  }
}

/// The standard streams, by write(2): `print` would buffer.
enum Output {
  /// The number of a stream.
  enum Stream: Int32 {
    case output = 1
    case error = 2
  }

  /// Writes text; false where nobody can read it, about which nothing can be done.
  @discardableResult
  static func write(_ text: String, to stream: Stream) -> Bool { write(Array(text.utf8), to: stream) }

  /// Writes bytes; false where nobody can read them.
  @discardableResult
  static func write(_ bytes: [UInt8], to stream: Stream) -> Bool {
    let file = FileDescriptor(owning: stream.rawValue)
    let done: Bool
    do {
      try file.writeAll(bytes)
      done = true
    } catch {
      done = false
    }
    _ = file.release()
    return done
  }
}
