internal import Bytes
internal import Digest
internal import Linux
internal import StrictJSON

extension DecisionChain {
  /// Adds a record at the end of the chain, and returns it with its place. A denial in a flood is only counted: what is
  /// returned is then not a line, and has the number of the line that will hold the count.
  func append(_ draft: Draft) throws(DecisionLogError) -> DecisionRecord {
    let directory = try openDirectory()
    var repaired: UInt64 = 0
    while true {
      let file = try openLocked(in: directory)
      var end = try end(of: file, in: directory)
      repaired += end.unfinished
      let now = try Self.now()
      let rate = end.rate?.next(at: now, isDenial: draft.outcome == .deny)
      var lines: [UInt8] = []
      if draft.outcome == .deny, let rate, rate.count > DecisionRecord.Rate.maximumDenials {
        var pending = try pending(after: end, in: directory) ?? PendingCount(after: end, since: now)
        pending.add(draft, at: now)
        try write(pending, in: directory)
        // With its rate: a command that no line holds is not prepared for one.
        return draft.record(after: end, repaired: 0, at: now, rate: rate)
      }
      if let pending = try pending(after: end, in: directory) {
        let counted = pending.record(after: end, at: now)
        lines = counted.line
        end = ChainEnd(after: counted, line: lines, size: end.size, unfinished: end.unfinished)
      }
      let first = DecisionRecord.Rate(since: now.seconds, count: draft.outcome == .deny ? 1 : 0)
      let record = draft.record(after: end, repaired: repaired, at: now, rate: rate ?? first)
      lines += record.line
      if try add(lines, to: file, at: end, in: directory) { return record }
    }
  }

  /// Puts what was only counted on record, so that nothing is left beside the chain; does nothing where nothing is.
  public func flush() throws(DecisionLogError) {
    let directory = try openDirectory()
    while true {
      let file = try openLocked(in: directory)
      let end = try end(of: file, in: directory)
      guard let pending = try pending(after: end, in: directory) else { return }
      if try add(pending.record(after: end, at: Self.now()).line, to: file, at: end, in: directory) { return }
    }
  }

  /// Writes lines at the end of the file; false where they have no room and the file was put aside.
  private func add(
    _ lines: [UInt8], to file: borrowing FileDescriptor, at end: ChainEnd, in directory: borrowing FileDescriptor
  ) throws(DecisionLogError) -> Bool {
    do throws(SystemError) {
      if end.unfinished > 0 { try file.truncate(to: Int64(end.size)) }
      if end.size > 0, end.size + UInt64(lines.count) > maximumBytes {
        // Those who wait for the lock of the full file will find that it has lost its name, and look again: so does
        // this one.
        try directory.rename(name, to: oldName)
        return false
      }
      try write(lines, at: Int64(end.size), to: file)
      return true
    } catch {
      throw .system(error)
    }
  }

  private static func now() throws(DecisionLogError) -> Timestamp {
    do { return try Timestamp.now() } catch { throw .system(error) }
  }

  /// Opens the file under the lock that all who append take, made if it is absent.
  func openLocked(in directory: borrowing FileDescriptor) throws(DecisionLogError) -> FileDescriptor {
    do throws(SystemError) {
      while true {
        let file = try directory.open(
          name, [.readWrite, .create, .noFollow, .nonBlocking], resolve: [.beneath, .noSymlinks])
        let status = try file.status()
        guard status.kind == .regular else {
          throw SystemError(call: "openat2", errno: ErrorNumber.EINVAL, object: name)
        }
        try file.lock(.exclusive)
        if try isNamed(status, in: directory) { return file }
      }
    } catch {
      throw .system(error)
    }
  }

  /// Whether the file still has the log's name.
  func isNamed(_ status: FileStatus, in directory: borrowing FileDescriptor) throws(SystemError) -> Bool {
    do {
      let named = try directory.status(of: name)
      return named.inode == status.inode && named.device == status.device
    } catch  where error.errno == ErrorNumber.ENOENT {
      return false
    }
  }

  /// Writes lines whole or not at all.
  private func write(_ lines: [UInt8], at end: Int64, to file: borrowing FileDescriptor) throws(SystemError) {
    do {
      try file.seek(to: end)
      try file.writeAll(lines)
      try file.synchronize()
    } catch {
      // What cannot be taken back now (a full disk can always be cut) the next append finds and removes.
      try file.truncate(to: end)
      throw error
    }
  }

  func openDirectory() throws(DecisionLogError) -> FileDescriptor {
    do { return try FileDescriptor.makeDirectories(directory) } catch { throw .system(error) }
  }
}

extension DecisionChain {
  /// Where the chain ends: in this file, or in the full one where this is new.
  func end(
    of file: borrowing FileDescriptor, in directory: borrowing FileDescriptor
  ) throws(DecisionLogError) -> ChainEnd {
    let current: (line: [UInt8], size: UInt64, unfinished: UInt64)
    do { current = try lastLine(of: file) } catch { throw .system(error) }
    if !current.line.isEmpty { return try end(current.line, name, size: current.size, unfinished: current.unfinished) }
    let old: [UInt8]
    do throws(SystemError) {
      let file = try directory.open(
        oldName, [.readOnly, .noFollow, .nonBlocking], resolve: [.beneath, .noSymlinks])
      old = try lastLine(of: file).line
    } catch {
      guard error.errno == ErrorNumber.ENOENT else { throw .system(error) }
      return ChainEnd(
        sequence: 0, digest: ChainEnd.digestBeforeFirst, denied: 0, rate: nil, size: 0,
        unfinished: current.unfinished)
    }
    guard !old.isEmpty else { throw .damaged(file: oldName, expected: "a record", actual: "none") }
    return try end(old, oldName, size: 0, unfinished: current.unfinished)
  }

  private func end(
    _ line: [UInt8], _ file: ByteString, size: UInt64, unfinished: UInt64
  ) throws(DecisionLogError) -> ChainEnd {
    do { return try ChainEnd(line: line, size: size, unfinished: unfinished) } catch {
      // The strict reader says where in the line the fault is.
      do {
        let record = try DecisionRecord(line: line, of: file)
        return ChainEnd(after: record, line: line, size: size, unfinished: unfinished)
      } catch { throw .record(error) }
    }
  }

  /// The last whole line with its line feed, empty where there is none; how many bytes stand up to its end, and how
  /// many after it. Reads the end of the file only.
  private func lastLine(
    of file: borrowing FileDescriptor
  ) throws(SystemError) -> (line: [UInt8], size: UInt64, unfinished: UInt64) {
    let total = try file.status().size
    let lineFeed = UInt8(ascii: "\n")
    // First what an ordinary line needs, then one with a common command; then what the longest line and the start of
    // another can take.
    for window in [4096, 32 << 10, 2 * DecisionRecord.maximumReasons, 2 * DecisionRecord.maximumLine] {
      let count = Int(min(total, UInt64(window)))
      let start = total - UInt64(count)
      let bytes = try file.read(exactly: count, at: Int64(start))
      guard let last = bytes.span.lastIndex(of: lineFeed, before: count) else {
        if start == 0 { return ([], 0, total) }
        continue
      }
      let before = bytes.span.lastIndex(of: lineFeed, before: last)
      guard before != nil || start == 0 else { continue }
      let line = Array(bytes[(before.map { $0 + 1 } ?? 0)...last])
      return (line, start + UInt64(last) + 1, UInt64(count - last - 1))
    }
    throw SystemError(call: "pread", errno: ErrorNumber.EOVERFLOW, object: name)
  }
}

extension ChainEnd {
  /// Reads of the last line what the next one hangs on; the command that it may hold is passed over.
  fileprivate init(line: [UInt8], size: UInt64, unfinished: UInt64) throws(JSONError) {
    var members = JSONObject()
    var cursor = try JSONCursor(line)
    try cursor.members { (cursor, key) throws(JSONError) in
      switch key {
      case "denied", "rate", "sequence": members[key] = try cursor.value()
      case _: _ = try cursor.pass()
      }
    }
    self = try JSONValue.object(members).decodeObject { (members) throws(JSONError) in
      ChainEnd(
        sequence: try members.sequence(), digest: ChainEnd.digest(of: line),
        denied: try members.count("denied", absent: 0), rate: try members.optional("rate"), size: size,
        unfinished: unfinished)
    }
  }

  init(after record: DecisionRecord, line: [UInt8], size: UInt64, unfinished: UInt64) {
    self.init(
      sequence: record.sequence, digest: ChainEnd.digest(of: line), denied: record.denied, rate: record.rate,
      size: size, unfinished: unfinished)
  }

  /// What stands for the line before the first.
  static let digestBeforeFirst = ByteString(Hex.encode([UInt8](repeating: 0, count: HashAlgorithm.sha256.size)))

  static func digest(of line: [UInt8]) -> ByteString {
    ByteString(Hex.encode(HashAlgorithm.sha256.digest(of: line).bytes))
  }
}

extension DecisionRecord {
  /// Reads one line of a file.
  init(line: [UInt8], of file: ByteString) throws(JSONError) {
    self = try StrictJSON.decode(from: line, named: file.description)
  }
}
