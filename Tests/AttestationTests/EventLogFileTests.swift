import Bytes
import Digest
import Linux
import Testing

@testable import Attestation

@Suite struct EventLogFileTests {
  /// What an append leaves behind when it is cut short: after the note, after the extend, inside the record's writing,
  /// and before the note is removed.
  @Test(arguments: [0, 1, 50, 200, 100_000], [true, false])
  func anInterruptedAppendIsBroughtToItsEnd(written: Int, byReader: Bool) throws {
    let node = try TestNode()
    try node.measure()
    let policy = try node.load()
    let record = EventRecord(number: 1, pcr: 14, event: .separator, banks: HashAlgorithm.allCases)
    let before = try node.contents("event.log")
    try node.put(EventLogFile.intent, record.bytes.bytes)
    if written > 0 {
      try node.tpm().extend(14, with: record.extensions)
      try node.put("event.log", before + record.bytes.bytes.prefix(written - 1))
    }
    if byReader {
      _ = try node.load()
      #expect(try node.contents("event.log") == before + (written > 0 ? record.bytes.bytes : []))
    }
    try policy.append(EventLogTests.checkpoint, node.configuration, run: node.run)
    let log = try EventLog(bytes: ByteString(node.contents("event.log")), pcr: 14)
    #expect(log.records.map(\.event).dropFirst() == (written > 0 ? [.separator] : []) + [EventLogTests.checkpoint])
    #expect(try node.values(14).allSatisfy { $1 == log.replay(in: $0) })
    #expect(try node.directory().entries().sorted() == ["event.log", "policy.json"])
    #expect(throws: Never.self) { try node.load() }
  }

  @Test func aPCRWithNeitherValueIsNotRepaired() throws {
    let node = try TestNode()
    try node.measure()
    let record = EventRecord(number: 1, pcr: 14, event: .separator, banks: HashAlgorithm.allCases)
    try node.put(EventLogFile.intent, record.bytes.bytes)
    try node.tpm().extend(14, with: [(.sha256, HashAlgorithm.sha256.zero)])
    #expect {
      try node.load()
    } throws: { error in
      if case AttestationError.eventLog(.diverged) = error { true } else { false }
    }
  }

  @Test func aNoteThatIsNoRecordIsNotRepaired() throws {
    let node = try TestNode()
    try node.measure()
    try node.put(EventLogFile.intent, [1, 2, 3])
    #expect {
      try node.load()
    } throws: { error in
      (error as? AttestationError)?.code == "WARD-LOG-INVALID"
    }
  }

  @Test func afterTheSeparatorOnlyCheckpointsFollow() throws {
    let node = try TestNode()
    try node.measure()
    let policy = try node.load()
    try policy.append(.separator, node.configuration, run: node.run)
    #expect(throws: EventLogError.self) { try policy.append(.separator, node.configuration, run: node.run) }
    try policy.append(EventLogTests.checkpoint, node.configuration, run: node.run)
    #expect(throws: Never.self) { try node.load() }
    #expect(try node.directory().entries().sorted() == ["event.log", "policy.json"])
  }

  @Test func appendsAndReadsAtOnceAgree() async throws {
    let node = try TestNode()
    try node.measure()
    let policy = try node.load()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 1...10 as ClosedRange<UInt64> {
        group.addTask {
          try policy.append(
            .checkpoint(sequence: number, digest: HashAlgorithm.sha256.zero), node.configuration, run: node.run)
        }
        group.addTask { _ = try node.load() }
      }
      try await group.waitForAll()
    }
    #expect(try EventLog(bytes: ByteString(node.contents("event.log")), pcr: 14).records.count == 11)
  }
}
