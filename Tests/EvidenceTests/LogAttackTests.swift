import Bytes
import Digest
import StrictJSON
import Testing

@testable import Attestation
@testable import Evidence

/// Logs that tell something else than the event PCR holds, or that no node writes.
@Suite struct LogAttackTests {
  private let banks = HashAlgorithm.allCases

  private func records() throws -> [EventRecord] {
    try EventLog(bytes: try Fixture.evidence().eventLog, pcr: 14).records
  }

  private func failures(_ records: [EventRecord]) throws -> Set<Verification.Name> {
    let bytes = records.map(\.bytes).reduce("", +)
    return try Fixture.evidence(["eventLog": .base64(bytes)]).failures()
  }

  private func record(_ number: Int, pcr: UInt8 = 14, _ event: Event, banks: [HashAlgorithm]? = nil) -> EventRecord {
    EventRecord(number: UInt64(number), pcr: pcr, event: event, banks: banks ?? self.banks)
  }

  @Test func `the log of the node holds`() throws {
    let records = try records()
    #expect(records.map(\.event.name) == ["policy", "separator", "checkpoint"])
    #expect(try failures(records).isEmpty)
  }

  @Test func `a record more or less is not what was extended`() throws {
    let records = try records()
    let digest = ByteString([UInt8](repeating: 1, count: 32))
    #expect(try failures(Array(records.dropLast())) == [.eventPCR, .decisions])
    #expect(try failures(records + [record(3, .gpu(digest: digest))]) == [.eventPCR])
    #expect(
      try failures(records + [record(3, .checkpoint(sequence: 1, digest: digest))]) == [.eventPCR, .decisions])
    #expect(try failures([]) == [.eventPCR, .policyEvent, .lockdown, .decisions])
  }

  /// Another quote, or a checkpoint of the operator, may have come before the log was held.
  @Test func `the decisions are those of the last checkpoint, whatever follows it`() throws {
    let records = try records()
    let (one, two) = (ByteString([UInt8](repeating: 1, count: 32)), ByteString([UInt8](repeating: 2, count: 32)))
    let log = try EventLog(
      bytes: (records + [record(3, .checkpoint(sequence: 2, digest: one)), record(4, .gpu(digest: two))])
        .map(\.bytes).reduce("", +), pcr: 14)
    #expect(EvidenceDocument.Decisions(atLastCheckpointOf: log) == .init(sequence: 2, digest: one))
    let none = try EventLog(bytes: records[0].bytes, pcr: 14)
    #expect(EvidenceDocument.Decisions(atLastCheckpointOf: none) == nil)
  }

  @Test func `a decision log that was shipped has the record of the last checkpoint`() throws {
    let records = try records()
    let line = Array(#"{"sequence":2}"#.utf8)
    let digest = HashAlgorithm.sha256.digest(of: line + [0x0A])
    let log = (records + [record(3, .checkpoint(sequence: 2, digest: digest))]).map(\.bytes).reduce("", +)
    let evidence = try Fixture.evidence([
      "eventLog": .base64(log), "decisions": ["sequence": 2, "digest": .hex(digest)],
    ])
    var expected = try Fixture.expectations()
    func failures(_ shipped: String) throws -> Set<Verification.Name> {
      expected.decisionLog = Array(shipped.utf8)
      return try evidence.failures(expected).subtracting([.eventPCR])
    }
    #expect(try failures("{\"sequence\":1}\n{\"sequence\":2}\n{\"sequence\":3}\n").isEmpty)
    // The end of a line is not always kept on the way.
    #expect(try failures("{\"sequence\":2}").isEmpty)
    #expect(try failures("{\"sequence\":1}\n{\"sequence\":2, \"changed\":1}\n") == [.decisionLog])
    #expect(try failures("{\"sequence\":1}\n") == [.decisionLog])
    #expect(try failures("") == [.decisionLog])
    // Without a checkpoint nothing was decided.
    let without = try Fixture.evidence(["eventLog": .base64(records[0].bytes + records[1].bytes), "decisions": nil])
    expected.decisionLog = []
    #expect(try without.failures(expected) == [.eventPCR])
    expected.decisionLog = line
    #expect(try without.failures(expected) == [.eventPCR, .decisionLog])
  }

  @Test func `an event of another type has another digest`() throws {
    var records = try records()
    guard case .checkpoint(_, let digest) = records[2].event else { throw JSONError(.missing) }
    records[2] = record(2, .gpu(digest: digest))
    #expect(try failures(records) == [.eventPCR, .decisions])
  }

  @Test func `numbers have no gap`() throws {
    let records = try records()
    #expect(try failures([records[0], records[1], record(3, records[2].event)]) == [.eventLog])
    #expect(try failures([records[0], records[2]]) == [.eventLog])
    #expect(try failures([records[0], records[1], records[1]]) == [.eventLog])
  }

  @Test func `after the separator the node changes nothing of what it may do`() throws {
    let records = try records()
    #expect(try failures([records[0], records[1], record(2, .separator)]) == [.eventLog])
    #expect(try failures([records[0], records[1], record(2, records[0].event)]) == [.eventLog])
  }

  @Test func `a log without the separator is that of an open node`() throws {
    let records = try records()
    #expect(try failures([records[0], record(1, records[2].event)]) == [.eventPCR, .lockdown])
  }

  @Test func `the first event is the policy of this boot`() throws {
    let records = try records()
    #expect(try failures([record(0, .separator)]) == [.eventLog])
    guard case .policy(let name, let version, let digest, let configuration) = records[0].event else {
      throw JSONError(.missing)
    }
    let other = Event.policy(name: name, version: version + 1, digest: digest, configuration: configuration)
    #expect(try failures([record(0, other), records[1], records[2]]) == [.eventPCR, .policyEvent])
    let foreign = Event.policy(
      name: name, version: version, digest: configuration, configuration: configuration)
    #expect(try failures([record(0, foreign), records[1], records[2]]) == [.eventPCR, .policyEvent])
  }

  @Test func `a foreign register, or a bank that comes and goes, is refused`() throws {
    let records = try records()
    #expect(try failures([records[0], records[1], record(2, pcr: 13, records[2].event)]) == [.eventLog])
    #expect(
      try failures([records[0], records[1], record(2, records[2].event, banks: [.sha256])]) == [.eventLog])
    // Without the quoted bank there is nothing to replay.
    let others = records.enumerated().map { record($0.offset, $0.element.event, banks: [.sha384]) }
    #expect(try failures(others) == [.eventPCR])
  }
}
