package import Bytes
package import Digest

/// What an event log comes to: all that a command needs of it. The events themselves are for people and verifiers.
package struct EventLogEnd: Equatable {
  /// The PCR of which it tells.
  let pcr: UInt8
  /// How many records there are.
  package private(set) var count: UInt64 = 0
  /// The size of the records in bytes.
  private(set) var size = 0
  /// The banks of every record.
  private(set) var banks: [HashAlgorithm] = []
  /// Whether the separator stands in the log.
  private(set) var isLockedDown = false
  /// The first event.
  package private(set) var first: Event?
  /// The value that the PCR has when exactly these events were extended into it since the start, in the banks that were
  /// asked for.
  package private(set) var values: [HashAlgorithm: ByteString]

  /// The end of a log without events.
  init(pcr: UInt8, replaying banks: [HashAlgorithm] = []) {
    self.pcr = pcr
    values = Dictionary(uniqueKeysWithValues: banks.map { ($0, $0.zero) })
  }

  /// The end of a log that was read.
  init(_ log: EventLog, replaying banks: [HashAlgorithm]) {
    self = log.end
    for bank in banks { values[bank] = log.replay(in: bank) }
  }

  /// Goes on by a record, if it may stand here.
  mutating func append(_ record: EventRecord) throws(EventRecordProblem) {
    func check(
      _ holds: Bool, _ expected: @autoclosure () -> String, _ actual: @autoclosure () -> String
    ) throws(EventRecordProblem) {
      guard holds else { throw .malformed(expected: expected(), actual: actual()) }
    }
    try check(record.number == count, "record number \(count)", "\(record.number)")
    try check(record.pcr == pcr, "PCR \(pcr)", "\(record.pcr)")
    try check(count == 0 || record.banks == banks, "banks \(banks)", "\(record.banks)")
    let kind = record.event.kind
    if kind == .policy {
      try check(count == 0, "one policy event, the first", "a second")
    } else {
      try check(count > 0, "the policy event first", record.event.name)
    }
    try check(
      !isLockedDown || kind.isOperational, "only launches, checkpoints and evidence of GPUs after the separator",
      record.event.name)
    if count == 0 {
      (banks, first) = (record.banks, record.event)
      // Of a bank that is not in the log it tells nothing.
      values = values.filter { banks.contains($0.key) }
    }
    add(kind, size: record.size)
    for (bank, digest) in record.extensions { values[bank] = values[bank].map { bank.extend($0, with: digest) } }
  }

  private mutating func add(_ kind: Event.Kind, size: Int) {
    count += 1
    self.size += size
    isLockedDown = isLockedDown || kind == .separator
  }
}

// A node that has launched a thousand containers reads a thousand events at every command. So a log that is as it must be
// is gone through in place: each record's form, place and digest are looked at, and its JSON only in the first one. The
// PCR's value tells that no other events were extended.
extension EventLogEnd {
  /// Goes through a whole log; nil where anything is not as it must be, which ``EventLog`` then names.
  init?(wholeLog bytes: ByteString, pcr: UInt8, replaying banks: [HashAlgorithm]) {
    self.init(pcr: pcr, replaying: banks)
    let log = bytes.bytes.span
    while size < log.count {
      guard let record = RecordPlaces(log, at: size), appendInPlace(record, of: log) else { return nil }
    }
  }

  private mutating func appendInPlace(_ record: RecordPlaces, of log: Span<UInt8>) -> Bool {
    if count == 0 {
      var reader = BigEndianReader(ByteString(log.extracting(record.all).copy))
      do { try append(EventRecord(&reader, number: 0, pcr: pcr)) } catch { return false }
      return true
    }
    guard record.number == count, record.pcr == pcr, record.kind != .policy,
      !isLockedDown || record.kind.isOperational, record.digests.map(\.bank) == banks
    else { return false }
    for (bank, place) in record.digests {
      guard let value = values[bank] else { continue }
      let digest = log.extracting(place)
      var content = Hash(bank)
      content.update(log.extracting(record.content))
      guard digest.holds(content.finalize()) else { return false }
      var extended = Hash(bank)
      extended.update(value.bytes)
      extended.update(digest)
      values[bank] = extended.finalize()
    }
    add(record.kind, size: record.all.count)
    return true
  }
}
