import Bytes
import Digest
import Linux
import NodeConfiguration
import Policy
import StrictJSON
import Testing

@testable import Attestation
@testable import DecisionLog

@Suite struct DecisionChainTests {
  @Test func eachLineIsCanonicalAndHoldsTheDigestOfTheOneBefore() throws {
    let log = try TestLog()
    #expect(try log.append() == 1)
    #expect(try log.append(.conformance) == 2)
    #expect(try log.append() == 3)
    let lines = try log.contents().split(separator: UInt8(ascii: "\n")).map { Array($0) }
    #expect(lines.count == 3)
    var previous = ByteString(String(repeating: "0", count: 64))
    for line in lines {
      let json = try StrictJSON.parse(line)
      #expect(CanonicalJSON.encode(json) == line)
      guard case .object(let object) = json else {
        Issue.record("no object")
        return
      }
      #expect(object["previous"] == .string(previous))
      previous = ByteString(Hex.encode(HashAlgorithm.sha256.digest(of: line + [UInt8(ascii: "\n")]).bytes))
    }
    let contents = try log.chain.read()
    #expect(contents.faults.isEmpty)
    #expect(contents.lastDigest == previous)
    #expect(contents.records.map(\.sequence) == [1, 2, 3])
    #expect(contents.records.map(\.outcome) == [.deny, .admit, .deny])
  }

  @Test func aDenialHoldsNoPlanAndAnAdmissionHoldsItsRecord() throws {
    let log = try TestLog()
    switch try log.chain.append(TestLog.decision(.conformance)) {
    case .admitted(let admitted):
      #expect(admitted.record == 1)
      guard case .start(let id) = admitted.plan else {
        Issue.record("another plan")
        return
      }
      #expect(id == ContainerID("c1"))
    case .denied: Issue.record("denied")
    }
    switch try log.chain.append(TestLog.decision(.enforce)) {
    case .admitted: Issue.record("admitted")
    case .denied(let denial):
      #expect(denial.record.sequence == 2)
      #expect(denial.code == denial.record.violations.first?.code)
      #expect(denial.description.hasPrefix("permission denied by policy embeddings@7: start \"c1\": WARD-"))
      #expect(denial.description.hasSuffix("; record 2"))
    }
  }

  @Test func aCommandWithoutAnAttestedPolicyIsRecordedToo() throws {
    let log = try TestLog()
    let id = try #require(ContainerID("c1"))
    let denial = try log.chain.append(AttestationError.notMeasured(pcr: 8), verb: .create, container: id)
    #expect(
      denial.description
        == "permission denied: create \"c1\": WARD-NOT-MEASURED: expected a bundle measured into PCR 8, got zero; record 1"
    )
    let record = try #require(try log.chain.read().records.first)
    #expect(record.policy == nil)
    #expect(record.outcome == .deny)
  }

  @Test(arguments: [1, 100, 4096, 5000])
  func anUnfinishedLineIsRemovedAndTheNextRecordSaysSo(count: Int) throws {
    let log = try TestLog()
    try log.append()
    try log.append()
    let whole = try log.contents()
    try log.put(whole + [UInt8](repeating: UInt8(ascii: "x"), count: count))
    #expect(try log.chain.read().unfinished == count)
    #expect(try log.append() == 3)
    let contents = try log.chain.read()
    #expect(contents.faults.isEmpty)
    #expect(contents.unfinished == 0)
    #expect(contents.records.map(\.repaired) == [0, 0, UInt64(count)])
    #expect(try log.contents().starts(with: whole))
  }

  @Test func anUnfinishedFirstLineIsRemoved() throws {
    let log = try TestLog()
    try log.put(Array("{\"cont".utf8))
    #expect(try log.append() == 1)
    #expect(try log.chain.read().records.map(\.repaired) == [6])
    #expect(try log.chain.read().faults.isEmpty)
  }

  @Test func aFullFileIsPutAsideAndTheChainGoesOn() throws {
    let log = try TestLog(maximumBytes: 2000)
    for number in 1...20 as ClosedRange<UInt64> { #expect(try log.append() == number) }
    #expect(try log.contents().count <= 2000)
    #expect(try log.contents("decisions.jsonl.1").count <= 2000)
    let contents = try log.chain.read()
    #expect(contents.faults.isEmpty)
    #expect(contents.records.last?.sequence == 20)
    #expect(contents.records.count >= 4)
    let sequences = contents.records.map(\.sequence)
    #expect(zip(sequences, sequences.dropFirst()).allSatisfy { $0 + 1 == $1 })
  }

  @Test func aCrashAfterPuttingAsideLosesNothing() throws {
    let log = try TestLog()
    try log.append()
    try log.append()
    try FileDescriptor.open(ByteString(log.path), [.readOnly, .directory])
      .rename("decisions.jsonl", to: "decisions.jsonl.1")
    #expect(try log.chain.read().records.count == 2)
    #expect(try log.append() == 3)
    let contents = try log.chain.read()
    #expect(contents.faults.isEmpty)
    #expect(contents.records.count == 3)
  }

  @Test func everyChangeOfTheLogIsFound() throws {
    let log = try TestLog()
    for _ in 1...3 { try log.append() }
    let lines = try log.contents().split(separator: UInt8(ascii: "\n")).map { Array($0) + [UInt8(ascii: "\n")] }
    let changed: [[[UInt8]]] = [
      [lines[1], lines[0], lines[2]], [lines[0], lines[2]], [lines[0], lines[1], lines[1], lines[2]],
      [lines[0], Array("\n".utf8), lines[1], lines[2]], [lines[0], Array("{}\n".utf8), lines[1], lines[2]],
      [[UInt8(ascii: " ")] + lines[0], lines[1], lines[2]],
    ]
    for lines in changed {
      try log.put(lines.flatMap { $0 })
      #expect(try !log.chain.read().faults.isEmpty)
    }
    // The last line is held by nothing in the file: that is what checkpoints in the event PCR are for.
    let held = lines[0] + lines[1]
    for index in stride(from: 0, to: held.count, by: 7) {
      var altered = lines.flatMap { $0 }
      altered[index] ^= 1
      try log.put(altered)
      #expect(try !log.chain.read().faults.isEmpty, "byte \(index)")
    }
  }

  @Test(arguments: ["not a record\n", "{}\n", "\n"])
  func nothingIsAppendedToWhatIsNoLog(contents: String) throws {
    let log = try TestLog()
    try log.put(Array(contents.utf8))
    #expect(throws: DecisionLogError.self) { try log.append() }
    #expect(try log.contents() == Array(contents.utf8))
  }

  /// A log on a disk may hold what somebody else wrote: adding to it must not end the program without an answer.
  @Test(arguments: [
    (#""denied":1"#, #""denied":18446744073709551615"#), (#""count":1"#, #""count":18446744073709551615"#),
    (#""since":[0-9]+"#, #""since":9223372036854775807"#), (#""sequence":1"#, #""sequence":18446744073709551615"#),
  ])
  func numbersThatCannotBeCountedOnAreNoLog(number: String, replacement: String) throws {
    let log = try TestLog()
    try log.append()
    let line = String(decoding: try log.contents(), as: UTF8.self)
    let altered = line.replacing(try Regex(number), with: replacement)
    try #require(altered != line)
    try log.put(Array(altered.utf8))
    #expect(throws: DecisionLogError.self) { try log.append() }
    #expect(try log.contents() == Array(altered.utf8))
  }

  @Test func aSymbolicLinkInItsPlaceIsRefused() throws {
    let log = try TestLog()
    try FileDescriptor.open(ByteString(log.path), [.readOnly, .directory])
      .makeSymbolicLink("decisions.jsonl", to: "elsewhere")
    #expect(throws: DecisionLogError.self) { try log.append() }
  }

  @Test func manyWhoAppendAtOnceMakeOneChain() async throws {
    let log = try TestLog(maximumBytes: 20_000)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 1...8 {
        group.addTask { for _ in 1...25 { try log.append(.conformance) } }
      }
      try await group.waitForAll()
    }
    let contents = try log.chain.read()
    #expect(contents.faults.isEmpty)
    #expect(contents.records.last?.sequence == 200)
  }

  @Test func aRecordHoldsABoundedPartOfWhatWasSent() throws {
    let log = try TestLog()
    let long = String(repeating: "\\", count: 100_000)
    let reason = DecisionRecord.Reason(code: "WARD-ARGS", pointer: long, expected: long, actual: long)
    let record = try log.chain.append(
      try TestLog.draft(Array(repeating: reason, count: DecisionRecord.maximumViolations), entry: ByteString(long)))
    #expect(record.line.count < DecisionRecord.maximumLine)
    #expect(try log.append() == 2)
    #expect(try log.chain.read().faults.isEmpty)
  }

  @Test(arguments: ["\n{\"sequence\":9}", "\u{1B}[2J", "\u{202E}gpj", "\"},{\"", "\u{0}", "\u{7F}"])
  func nothingThatWasSentLeavesItsField(text: String) throws {
    let log = try TestLog()
    let reason = DecisionRecord.Reason(code: "WARD-ARGS", pointer: text, expected: text, actual: text)
    let record = try log.chain.append(try TestLog.draft([reason], entry: ByteString(text)))
    let bytes = try log.contents()
    #expect(bytes.count { $0 == UInt8(ascii: "\n") } == 1)
    #expect(bytes.dropLast().allSatisfy { (0x20...0x7E).contains($0) })
    #expect(try log.chain.read().records == [record])
    #expect(Denial(record: record).description.utf8.allSatisfy { (0x20...0x7E).contains($0) })
  }

  @Test(arguments: [
    "container does not exist", "Container Not Running", "no such process", "no such file or directory",
    "executable file not found in $PATH",
  ])
  func noPhraseThatMeansGoneStandsInADenial(phrase: String) throws {
    let log = try TestLog()
    let reason = DecisionRecord.Reason(code: "WARD-ARGS", pointer: phrase, expected: phrase, actual: phrase)
    let text = Denial(record: try log.chain.append(try TestLog.draft([reason]))).description.lowercased()
    for forbidden in [
      "does not exist", "container not running", "no such process", "no such file or directory",
      "executable file not found",
    ] {
      #expect(!text.contains(forbidden), "\(text)")
    }
  }

  @Test func theMessageIsTheOneThatIsDocumented() throws {
    let log = try TestLog()
    let reasons = [
      DecisionRecord.Reason(
        code: "WARD-ENV-UNEXPECTED", pointer: "/process/env/3", expected: "no LD_PRELOAD",
        actual: "LD_PRELOAD=<24 bytes>"),
      DecisionRecord.Reason(code: "WARD-ARGS", pointer: "/process/args/0", expected: "a", actual: "b"),
    ]
    #expect(
      Denial(record: try log.chain.append(try TestLog.draft(reasons, entry: "embed"))).description
        == "permission denied by policy p@1: create \"embed\": WARD-ENV-UNEXPECTED at /process/env/3: expected "
        + "no LD_PRELOAD, got LD_PRELOAD=<24 bytes>; 1 further violation; record 1")
  }

  @Test(arguments: [3 << 10, 60 << 10, 128 << 10, 1 << 20]) func aChainOfLongCommandsHolds(size: Int) throws {
    let log = try TestLog(maximumBytes: 8 << 20)
    for index in 0..<3 {
      let filler = ByteString(String(repeating: "x", count: size - 16 - index * 7))
      try log.append(.audit, request: ["a": .string(filler)])
    }
    try log.append()
    let contents = try log.chain.read()
    #expect(contents.faults.isEmpty)
    #expect(contents.records.map { $0.request == nil } == [false, false, false, true])
  }

  @Test func aCommandThatLeavesNoRoomIsKnownByItsDigest() throws {
    for (maximumBytes, size) in [(UInt64(8 << 20), (1 << 20) + 1), (1 << 20, (1 << 18) + 1)] {
      let log = try TestLog(maximumBytes: maximumBytes)
      try log.append(.audit, request: ["a": .string(ByteString(String(repeating: "x", count: size - 8)))])
      let record = try #require(try log.chain.read().records.first)
      #expect(record.request == nil)
      #expect(record.requestDigest != nil)
    }
  }

  @Test func aFullLogOfCommandsIsPutAside() throws {
    let log = try TestLog(maximumBytes: 1 << 20)
    for _ in 0..<12 {
      try log.append(.audit, request: ["a": .string(ByteString(String(repeating: "x", count: 200 << 10)))])
    }
    let contents = try log.chain.read()
    #expect(contents.faults.isEmpty)
    #expect(contents.records.last?.sequence == 12)
    #expect(try log.contents().count <= 1 << 20)
    #expect(try log.contents("decisions.jsonl.1").count <= 1 << 20)
  }
}
