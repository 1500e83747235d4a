public import Bytes
public import Digest

/// The events of this boot, in order, as far as they go together.
public struct EventLog: Equatable, Sendable {
  /// The PCR of which it tells.
  public let pcr: UInt8
  public private(set) var records: [EventRecord] = []
  private(set) var end: EventLogEnd

  /// A log without events.
  init(pcr: UInt8) {
    self.pcr = pcr
    end = EventLogEnd(pcr: pcr)
  }

  /// Reads a whole log.
  public init(bytes: ByteString, pcr: UInt8) throws(EventLogError) {
    let (log, rest) = try EventLog.readWholeRecords(of: bytes, pcr: pcr)
    guard rest.isEmpty else { throw .truncated(record: UInt64(log.records.count), bytes: rest.count) }
    self = log
  }

  /// Reads the whole records and returns what follows the last: the start of a record whose writing was cut short.
  static func readWholeRecords(of bytes: ByteString, pcr: UInt8) throws(EventLogError) -> (EventLog, rest: ByteString) {
    var log = EventLog(pcr: pcr)
    let span = bytes.bytes.span
    while log.end.size < span.count {
      do throws(EventRecordProblem) {
        if let record = EventRecord(inPlace: span, after: log.end) {
          try log.append(record)
        } else {
          var reader = BigEndianReader(bytes, at: log.end.size)
          try log.append(try EventRecord(&reader, number: UInt64(log.records.count), pcr: pcr))
        }
      } catch {
        if error == .truncated { return (log, BigEndianReader(bytes, at: log.end.size).rest) }
        throw error.inRecord(log.records.count)
      }
    }
    return (log, "")
  }

  /// Adds a record, if it may stand here.
  mutating func append(_ record: EventRecord) throws(EventRecordProblem) {
    try end.append(record)
    records.append(record)
  }

  /// Whether the separator stands in the log.
  public var isLockedDown: Bool { end.isLockedDown }

  /// The value that the PCR has when exactly these events were extended into it since the start.
  public func replay(in bank: HashAlgorithm) -> ByteString? {
    var value = bank.zero
    for record in records {
      guard let digest = record.digests.first(where: { $0.bank == bank })?.digest else { return nil }
      value = bank.extend(value, with: digest)
    }
    return value
  }

  /// The log as its file holds it.
  public var bytes: ByteString { ByteString(records.flatMap(\.bytes.bytes)) }
}
