package import Bytes
package import Digest
package import Linux
package import NodeConfiguration

/// The event log on the node: `event.log`, and `event.log.intent` while something is being appended.
///
/// PCR and log cannot change in one step, and a crash may come between: so the record is first written beside the log,
/// then extended, then appended, then the note is removed. Whoever opens the log afterwards finds the note and looks at
/// the PCR: it has the value before the extend or the one after it, and the log is made to tell the same.
package struct EventLogFile: ~Copyable {
  package static let name: ByteString = "event.log"
  package static let intent: ByteString = "event.log.intent"
  /// The greatest log that is read, in bytes: more than a hundred thousand records. When it is full nothing more is
  /// launched, and what runs can still be stopped.
  private static let limit = 64 << 20

  private let directory: FileDescriptor
  private let file: FileDescriptor
  /// Opened after the lock is held and the log is read: an emulated TPM serves one connection after another, and who
  /// held one while waiting for the lock would keep the lock's holder from its TPM.
  package let tpm: TPMChannel
  package private(set) var end: EventLogEnd

  /// Opens the log: for reading under a shared lock, or for appending under an exclusive one, made if it is absent.
  ///
  /// An append that was interrupted is brought to an end first.
  ///
  /// - Parameter banks: in which the caller asks for the value that the PCR must have.
  package static func open(
    in directory: borrowing FileDescriptor, pcr: UInt8, forAppending: Bool, tpm: TPMAddress,
    replaying banks: [HashAlgorithm] = []
  ) throws(EventLogError) -> EventLogFile {
    let file: FileDescriptor
    do { file = try lock(in: directory, forAppending: forAppending) } catch { throw EventLogError(error) }
    let copy: FileDescriptor
    do { copy = try directory.duplicate() } catch { throw .system(error) }
    let bytes: ByteString
    let intended: ByteString?
    do throws(SystemError) {
      intended = try contents(of: intent, in: directory)
      bytes = ByteString(try file.readToEnd(limit: limit))
    } catch {
      throw .system(error)
    }
    let channel: TPMChannel
    if intended == nil, let end = EventLogEnd(wholeLog: bytes, pcr: pcr, replaying: banks) {
      do { channel = try TPMChannel(tpm) } catch { throw .tpm(error) }
      return EventLogFile(directory: copy, file: file, tpm: channel, end: end)
    }
    let (log, rest) = try EventLog.readWholeRecords(of: bytes, pcr: pcr)
    do { channel = try TPMChannel(tpm) } catch { throw .tpm(error) }
    var opened = EventLogFile(
      directory: copy, file: file, tpm: channel, end: EventLogEnd(log, replaying: banks))
    if let intended {
      try opened.repair(log, intended, rest: rest)
    } else if !rest.isEmpty {
      throw .truncated(record: UInt64(log.records.count), bytes: rest.count)
    }
    return opened
  }

  /// Reads all events.
  func log() throws(EventLogError) -> EventLog {
    let bytes: [UInt8]
    do throws(SystemError) {
      try file.seek(to: 0)
      bytes = try file.readToEnd(limit: Self.limit)
    } catch {
      throw .system(error)
    }
    return try EventLog(bytes: ByteString(bytes), pcr: end.pcr)
  }

  private static func lock(
    in directory: borrowing FileDescriptor, forAppending: Bool
  ) throws(SystemError) -> FileDescriptor {
    let flags: OpenFlags = forAppending ? [.readWrite, .create] : [.readWrite]
    let file = try directory.open(name, flags.union([.noFollow, .nonBlocking]), resolve: [.beneath, .noSymlinks])
    try file.lock(forAppending ? .exclusive : .shared)
    // A repair needs the log alone. The shared lock is given up before the exclusive one is taken, so what is there
    // is looked at again afterwards.
    if try contents(of: intent, in: directory) != nil { try file.lock(.exclusive) }
    return file
  }

  /// Gives the TPM up and keeps the lock.
  consuming func holdingLock() throws(EventLogError) -> HeldEventLog { HeldEventLog(log: try log(), lock: file) }

  private mutating func repair(_ log: EventLog, _ intended: ByteString, rest: ByteString) throws(EventLogError) {
    guard intended.hasPrefix(rest) else { throw .truncated(record: UInt64(log.records.count), bytes: rest.count) }
    if rest.isEmpty, log.records.last?.bytes == intended { return try finish() }
    let record: EventRecord
    var after = log
    do throws(EventRecordProblem) {
      var reader = BigEndianReader(intended)
      record = try EventRecord(&reader, number: UInt64(log.records.count), pcr: log.pcr)
      try after.append(record)
    } catch {
      throw error.inRecord(log.records.count)
    }
    let values: PCRValues
    do throws(TPMError) { values = try tpm.read([log.pcr], in: record.banks) } catch { throw .tpm(error) }
    func isValue(of log: EventLog) -> Bool {
      record.banks.allSatisfy { log.replay(in: $0) == values[$0]?[log.pcr] }
    }
    let isExtended = isValue(of: after)
    guard isExtended || isValue(of: log) else {
      let bank = record.banks[0]
      throw .diverged(
        expected: [log, after].map { Hex.encode(($0.replay(in: bank) ?? "").bytes) }.joined(separator: " or "),
        actual: Hex.encode((values[bank]?[log.pcr] ?? "").bytes))
    }
    do throws(SystemError) { try file.truncate(to: Int64(end.size)) } catch { throw .system(error) }
    guard isExtended else { return try finish() }
    try write(record, EventLogEnd(after, replaying: Array(end.values.keys)))
  }

  /// Extends the PCR with an event and tells of it; the banks of the first event are those of all.
  package mutating func append(_ event: Event, banks: [HashAlgorithm]) throws(EventLogError) {
    // What is extended must be what every reader of the log takes.
    let size = event.content.count - 2 * TLV.overhead
    guard size <= Event.maximumPayload else {
      throw .record(number: end.count, expected: "an event of at most \(Event.maximumPayload) bytes", actual: "\(size)")
    }
    let record = EventRecord(number: end.count, pcr: end.pcr, event: event, banks: banks)
    guard end.size + record.bytes.count <= Self.limit else { throw .full(limit: Self.limit) }
    var after = end
    do throws(EventRecordProblem) { try after.append(record) } catch { throw error.inRecord(Int(end.count)) }
    do throws(SystemError) { try directory.replace(Self.intent, with: record.bytes.bytes) } catch {
      throw .system(error)
    }
    do throws(TPMError) { try tpm.extend(end.pcr, with: record.extensions) } catch { throw .tpm(error) }
    try write(record, after)
  }

  private mutating func write(_ record: EventRecord, _ after: EventLogEnd) throws(EventLogError) {
    do throws(SystemError) {
      try file.seek(to: Int64(end.size))
      try file.writeAll(record.bytes.bytes)
      try file.synchronize()
    } catch {
      throw .system(error)
    }
    end = after
    try finish()
  }

  private borrowing func finish() throws(EventLogError) {
    do throws(SystemError) { try directory.remove(Self.intent) } catch { throw .system(error) }
  }

  private static func contents(
    of name: ByteString, in directory: borrowing FileDescriptor
  ) throws(SystemError) -> ByteString? {
    do {
      let file = try directory.open(
        name, [.readOnly, .noFollow, .nonBlocking], resolve: [.beneath, .noSymlinks])
      return ByteString(try file.readToEnd(limit: limit))
    } catch  where error.errno == ErrorNumber.ENOENT {
      return nil
    }
  }
}

extension EventRecordProblem {
  /// The problem as one of the log.
  func inRecord(_ number: Int) -> EventLogError {
    switch self {
    case .truncated: .record(number: UInt64(number), expected: "a whole record", actual: "a part of one")
    case .malformed(let expected, let actual):
      .record(number: UInt64(number), expected: expected, actual: actual)
    }
  }
}
