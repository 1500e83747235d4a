import Bytes
import Digest
import Linux
import Testing

@testable import Attestation

/// What a command reads of a log, and what the strict reader makes of the same bytes.
@Suite struct EventLogEndTests {
  private func log() -> [UInt8] {
    let launch = Event.launch(
      Event.Launch(policy: HashAlgorithm.sha256.digest(of: []), entry: "web", images: [HashAlgorithm.sha256.zero]))
    let events = [EventLogTests.policy, launch, .separator, EventLogTests.checkpoint, launch, launch]
    return events.enumerated().flatMap { EventLogTests.record(UInt64($0), $1) }
  }

  @Test func aLogComesToWhatItsRecordsComeTo() throws {
    let bytes = ByteString(log())
    let whole = try EventLog(bytes: bytes, pcr: 14)
    let end = try #require(EventLogEnd(wholeLog: bytes, pcr: 14, replaying: [.sha1, .sha256]))
    #expect(end == EventLogEnd(whole, replaying: [.sha1, .sha256]))
    #expect(end.values[.sha256] == whole.replay(in: .sha256))
    #expect(end.count == 6)
    #expect(end.isLockedDown)
    #expect(end.first == EventLogTests.policy)
  }

  @Test func ofABankThatIsNotInTheLogItTellsNothing() throws {
    let end = try #require(EventLogEnd(wholeLog: ByteString(log()), pcr: 14, replaying: [.sha384]))
    #expect(end.values.isEmpty)
  }

  /// No bit of a log can be another one without a difference: in what is read, or in the value of the PCR.
  @Test func everyBitCounts() throws {
    let bytes = log()
    let genuine = try #require(EventLogEnd(wholeLog: ByteString(bytes), pcr: 14, replaying: [.sha1, .sha256]))
    for index in bytes.indices {
      for bit in 0..<8 {
        var altered = bytes
        altered[index] ^= 1 << UInt8(bit)
        let end = EventLogEnd(wholeLog: ByteString(altered), pcr: 14, replaying: [.sha1, .sha256])
        #expect(end == nil || end?.values != genuine.values, "byte \(index) bit \(bit)")
      }
    }
  }

  @Test func whatTheStrictReaderRefusesIsNotRead() {
    let bytes = log()
    for count in 0..<bytes.count {
      let part = ByteString(bytes.prefix(count))
      let isWhole = (try? EventLog(bytes: part, pcr: 14)) != nil
      #expect((EventLogEnd(wholeLog: part, pcr: 14, replaying: [.sha256]) != nil) == isWhole, "\(count) bytes")
    }
    let records = (0..<3).map { EventLogTests.record(UInt64($0), $0 == 0 ? EventLogTests.policy : .separator) }
    for wrong in [
      records[0] + records[0], records[1], records[0] + records[2], records[0] + records[1] + records[2],
      records[0] + EventLogTests.record(1, .separator, pcr: 13),
      records[0] + EventLogTests.record(1, .separator, banks: [.sha256]),
      records[0] + EventLogTests.record(1, .separator, banks: [.sha256, .sha1]),
    ] {
      #expect(EventLogEnd(wholeLog: ByteString(wrong), pcr: 14, replaying: [.sha256]) == nil)
    }
  }
}
