internal import Bytes
internal import Linux

/// A connection to the systemd that runs this node, on the socket that it keeps for root (no message bus between).
struct SystemdConnection: ~Copyable {
  /// How long systemd may take for anything, in milliseconds.
  private static let patience: Int32 = 25_000
  private static let socket: ByteString = "/run/systemd/private"

  private let connection: FileDescriptor
  private var serial: UInt32 = 0

  /// Whether systemd runs this node (sd_booted(3)).
  static func isThere() throws(ContainerError) -> Bool {
    do {
      _ = try FileDescriptor.open("/run/systemd/system", [.path, .directory, .noFollow])
      return true
    } catch  where error.errno == ErrorNumber.ENOENT {
      return false
    } catch {
      throw .system(error)
    }
  }

  /// Connects, and says who this is: the kernel vouches for it.
  static func open() throws(ContainerError) -> SystemdConnection {
    do throws(SystemError) {
      let connection = try FileDescriptor.unixSocket()
      try connection.setTimeout(milliseconds: UInt32(patience))
      try connection.connect(to: socket)
      // User 0 in hexadecimal digits of its decimal digits.
      try connection.sendAll([0] + Array("AUTH EXTERNAL 30\r\n".utf8))
      var answer: [UInt8] = []
      while answer.last != UInt8(ascii: "\n") {
        let part = try connection.read(atMost: 1)
        guard !part.isEmpty, answer.count < 512 else {
          throw SystemError(call: "read", errno: ErrorNumber.EPROTO, object: socket)
        }
        answer += part
      }
      guard ByteString(answer).hasPrefix("OK ") else {
        throw SystemError(call: "authenticate", errno: ErrorNumber.EACCES, object: socket)
      }
      try connection.sendAll(Array("BEGIN\r\n".utf8))
      return SystemdConnection(connection: connection)
    } catch {
      throw .step("systemd", error)
    }
  }

  private init(connection: consuming FileDescriptor) { self.connection = connection }

  /// Has the manager do something.
  ///
  /// - Throws: `SystemdRefusal` as an error of this module with its name.
  mutating func call(
    _ member: ByteString, _ signature: ByteString, _ arguments: (inout BusWriter) -> Void
  ) throws(SystemdFailure) -> BusReader {
    var body = BusWriter()
    arguments(&body)
    let mine = try send(member, signature, body.bytes)
    while true {
      let message = try receive()
      guard message.replySerial == mine else {
        note(message)
        continue
      }
      var reader = BusReader(message.body)
      switch message.kind {
      case .reply: return reader
      case .error: throw .refused(message.error ?? "", reader.text() ?? "")
      case .call, .signal: continue
      }
    }
  }

  /// Results of jobs that have ended, by their paths.
  private var results: [ByteString: ByteString] = [:]

  /// Waits for the end of a job, and says how it ended, such as `done`.
  mutating func result(ofJob path: ByteString) throws(SystemdFailure) -> ByteString {
    while results[path] == nil { note(try receive()) }
    return results[path] ?? ""
  }

  /// systemd tells every connection on this socket of the jobs that end.
  private mutating func note(_ message: BusMessage) {
    guard message.kind == .signal, message.member == "JobRemoved" else { return }
    var reader = BusReader(message.body)
    guard reader.number() != nil, let path = reader.text(), reader.text() != nil, let result = reader.text() else {
      return
    }
    results[path] = result
  }

  private mutating func send(
    _ member: ByteString, _ signature: ByteString, _ body: [UInt8]
  ) throws(SystemdFailure) -> UInt32 {
    serial += 1
    do {
      try connection.sendAll(BusMessage.call(member, serial: serial, signature: signature, body: body))
    } catch {
      throw .system(error)
    }
    return serial
  }

  /// Waits for a message. What came together with the end of the authentication lies unread in systemd's buffer until
  /// something more comes (sd-bus of systemd 252): a question that is of no interest is asked meanwhile.
  private mutating func receive() throws(SystemdFailure) -> BusMessage {
    var waited: Int32 = 0
    var step: Int32 = 10
    while try !isReadable(within: step) {
      waited += step
      step *= 2
      guard waited < Self.patience else {
        throw .system(SystemError(call: "read", errno: ErrorNumber.EAGAIN, object: Self.socket))
      }
      let name: ByteString = "init.scope"
      var body = BusWriter()
      body.append(name)
      _ = try send("GetUnit", "s", body.bytes)
    }
    do throws(SystemError) {
      let prefix = try read(BusMessage.prefixLength)
      guard let count = BusMessage.rest(after: prefix), let message = BusMessage(prefix + (try read(count))) else {
        throw SystemError(call: "read", errno: ErrorNumber.EPROTO, object: Self.socket)
      }
      return message
    } catch {
      throw .system(error)
    }
  }

  private borrowing func isReadable(within milliseconds: Int32) throws(SystemdFailure) -> Bool {
    do throws(SystemError) {
      try connection.waitUntilReadable(by: Deadline(milliseconds: milliseconds))
      return true
    } catch {
      if error.errno == ErrorNumber.ETIMEDOUT { return false }
      throw .system(error)
    }
  }

  private borrowing func read(_ count: Int) throws(SystemError) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      let part = try connection.read(atMost: count - bytes.count)
      guard !part.isEmpty else { throw SystemError(call: "read", errno: ErrorNumber.ECONNRESET, object: Self.socket) }
      bytes += part
    }
    return bytes
  }
}

/// Why systemd did not do what it was asked for.
enum SystemdFailure: Error, Equatable {
  case system(SystemError)
  /// The name of a D-Bus error, and its text.
  case refused(ByteString, ByteString)
}

extension SystemdFailure: CustomStringConvertible {
  /// One line.
  var description: String {
    switch self {
    case .system(let error):
      error.errno == ErrorNumber.EAGAIN ? "systemd: no answer in time" : "systemd: \(error)"
    case .refused(let name, let text): "systemd: \(text) (\(name))"
    }
  }
}
