public import Bytes
internal import DecisionLog
internal import Linux
public import NodeConfiguration
internal import StrictJSON

/// Sends the records of a log to one sink, each once or, after a failure, again.
///
/// It is a process of its own that reads the log: no command waits for a sink, and none can be held up by one. What a
/// sink does not take stays in the log, and is tried again.
public struct LogShipper {
  private let sink: LogSink
  private let path: ByteString
  private var follower: LogFollower
  private var waiting: ArraySlice<DecisionRecord> = []
  /// The number of the last record that the sink took.
  public private(set) var sent: UInt64

  /// Where journald takes messages (systemd's native protocol).
  private static let journal: ByteString = "/run/systemd/journal/socket"
  /// How long a sink may take to accept a connection.
  private static let timeout: UInt32 = 5000

  /// Goes on after what was sent before.
  public init(_ sink: LogSink, log path: ByteString) throws {
    (self.sink, self.path) = (sink, path)
    follower = LogFollower(path: path)
    let cursors = try Self.cursors(path)
    sent = cursors[ByteString(sink.description)] ?? 0
  }

  /// Sends what is new; tells how many records the sink took.
  ///
  /// - Throws: ``Linux/SystemError`` where the sink does not take them: they are kept for the next call.
  public mutating func ship() throws -> Int {
    for record in try follower.next() where record.sequence > sent { waiting.append(record) }
    guard !waiting.isEmpty else { return 0 }
    let socket = try connect()
    var count = 0
    while let record = waiting.first {
      try socket.writeAll(message(record))
      waiting = waiting.dropFirst()
      sent = record.sequence
      count += 1
    }
    try remember()
    return count
  }

  private func connect() throws(SystemError) -> FileDescriptor {
    switch sink {
    case .journald: return try Self.datagrams(to: Self.journal)
    case .unix(let path): return try Self.datagrams(to: path)
    case .vsock(let cid, let port):
      let socket = try FileDescriptor.vsockSocket()
      try socket.setTimeout(milliseconds: Self.timeout)
      try socket.connect(toContext: cid, port: port)
      return socket
    }
  }

  private static func datagrams(to path: ByteString) throws(SystemError) -> FileDescriptor {
    let socket = try FileDescriptor.unixDatagramSocket()
    try socket.connect(to: path)
    return socket
  }

  private func message(_ record: DecisionRecord) -> [UInt8] {
    switch sink {
    case .journald: return Self.journalFields(record)
    case .unix, .vsock:
      // The command is for the node's own log: a datagram has no room for it.
      guard case .object(var object) = record.json else { return [] }
      object["request"] = nil
      return CanonicalJSON.encode(.object(object)) + [UInt8(ascii: "\n")]
    }
  }

  /// `KEY=value` lines. All of a record is printable ASCII, so that no value holds a line feed.
  static func journalFields(_ record: DecisionRecord) -> [UInt8] {
    let reason = record.violations.first
    var fields: [(String, String)] = [
      ("MESSAGE", record.summary), ("PRIORITY", record.outcome == .admit ? "6" : "4"), ("SYSLOG_IDENTIFIER", "ward"),
      ("WARD_RECORD", "\(record.sequence)"), ("WARD_TIME", record.time.description),
      ("WARD_DECISION", record.outcome.rawValue), ("WARD_VERB", record.verb.description),
      ("WARD_CONTAINER", record.container.description),
    ]
    for (key, value) in [
      ("WARD_ENTRY", record.entry), ("WARD_POD", record.pod), ("WARD_CODE", reason?.code),
      ("WARD_POINTER", reason?.pointer),
    ] as [(String, ByteString?)] {
      if let value { fields.append((key, value.description)) }
    }
    return Array(fields.map { "\($0.0)=\($0.1)\n" }.joined().utf8)
  }
}

extension LogShipper {
  /// Which record each sink took last, in a file beside the log.
  private static func cursors(_ path: ByteString) throws -> [ByteString: UInt64] {
    guard let bytes = try contents(path + ".shipped") else { return [:] }
    return try StrictJSON.decode(from: bytes, named: "\(path).shipped")
  }

  private static func contents(_ path: ByteString) throws(SystemError) -> [UInt8]? {
    do {
      return try FileDescriptor.contents(of: path, limit: 1 << 16)
    } catch  where error.errno == ErrorNumber.ENOENT {
      return nil
    }
  }

  private func remember() throws {
    var cursors = try Self.cursors(path)
    cursors[ByteString(sink.description)] = sent
    let text = CanonicalJSON.encode(.object(JSONObject(cursors.mapValues { JSONValue($0) })))
    try FileDescriptor.open(path.parentPath, [.readOnly, .directory])
      .replace(path.lastPathComponent + ".shipped", with: text)
  }
}
