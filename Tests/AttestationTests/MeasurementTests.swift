import Bytes
import Digest
import Linux
import Measurement
import Policy
import StrictJSON
import Testing

@testable import Attestation
@testable import NodeConfiguration

@Suite struct MeasurementTests {
  @Test func measuringExtendsEveryBankOnceAndLeavesAnAttestedPolicy() throws {
    let node = try TestNode()
    let bundle = TestNode.bundle()
    let measurement = try node.measure(bundle)

    #expect(measurement.digest == HashAlgorithm.sha256.digest(of: bundle.bytes))
    #expect(measurement.values.map(\.bank) == [.sha1, .sha256, .sha384, .sha512])
    let values = try node.values(8)
    for bank in HashAlgorithm.allCases {
      let expected = bank.digest(of: bank.zero.bytes + bank.digest(of: bundle.bytes).bytes)
      #expect(values[bank] == expected)
    }
    #expect(try node.contents("policy.json") == bundle.bytes)
    #expect(try node.directory().status(of: "policy.json").permissions == 0o600)

    let policy = try node.load()
    #expect(policy.identity.name == "embeddings")
    #expect(policy.identity.version == 7)
    #expect(policy.identity.digest == measurement.digest)
  }

  @Test(arguments: [TestNode.bundle("other"), TestNode.bundle(version: 8)])
  func aSecondMeasurementInTheSameBootIsRefused(second: UnverifiedBundle) throws {
    let node = try TestNode()
    try node.measure()
    let before = try (node.values(8), node.values(14), node.contents("event.log"))
    #expect {
      try node.measure(second)
    } throws: { error in
      "\(error)".contains("PCR 8 (sha1): expected zero") && "\(error)".contains("already measured in this boot")
    }
    #expect(try node.values(8) == before.0)
    #expect(try node.values(14) == before.1)
    #expect(try node.contents("event.log") == before.2)
    #expect(try node.contents("policy.json") == TestNode.bundle().bytes)
  }

  @Test(arguments: HashAlgorithm.allCases)
  func aPolicyPCRThatIsNotZeroInOneBankIsRefused(bank: HashAlgorithm) throws {
    let node = try TestNode()
    try node.tpm().extend(8, with: [(bank, bank.digest(of: [1]))])
    #expect {
      try node.measure()
    } throws: { error in
      if case MeasurementError.alreadyMeasured(pcr: 8, bank, value: _) = error { true } else { false }
    }
    #expect(try node.values(14).allSatisfy { $1 == $0.zero })
  }

  @Test func anEventPCRThatAnotherOwnerExtendedIsRefused() throws {
    let node = try TestNode()
    try node.tpm().extend(14, with: [(.sha384, HashAlgorithm.sha384.digest(of: [1]))])
    #expect {
      try node.measure()
    } throws: { error in
      if case MeasurementError.eventPCRUsed(pcr: 14, .sha384, value: _) = error { true } else { false }
    }
    #expect(try node.values(8).allSatisfy { $1 == $0.zero })
  }

  @Test func aPolicyBelowTheFloorIsRefusedBeforeAnythingChanges() throws {
    let node = try TestNode()
    let configuration = try node.configuration(with: #""policyFloor": {"embeddings": 8}"#)
    #expect(throws: MeasurementError.refused(.policyFloor(name: "embeddings", version: 7, lowest: 8))) {
      try node.measure(TestNode.bundle(), configuration)
    }
    #expect(try node.values(8).allSatisfy { $1 == $0.zero })
    #expect(throws: Never.self) {
      try node.measure(TestNode.bundle(version: 8), configuration)
    }
  }

  @Test func whatIsNoPolicyIsRefusedBeforeAnythingChanges() throws {
    let node = try TestNode()
    let bundle = TestNode.bundle().bytes
    for bytes in [[], Array("{}".utf8), bundle + [0x0A], [0x20] + bundle] {
      #expect(throws: MeasurementError.self) { try node.measure(UnverifiedBundle(bytes: bytes)) }
    }
    #expect(try node.values(8).allSatisfy { $1 == $0.zero })
    #expect(try node.directory().entries().isEmpty)
  }

  /// Step 1: the bundle is in place. Step 2: and the PCR is extended. Step 3: and the event is noted. Step 4: and the
  /// event PCR is extended. Step 5: and the event is in the log. Step 6: and the note is removed.
  @Test(arguments: 1...6) func aMeasurementThatWasCutShortIsCompletedByTheSameCall(steps: Int) throws {
    let node = try TestNode()
    let bundle = TestNode.bundle()
    try node.put("policy.json", bundle.bytes)
    if steps >= 2 {
      try node.tpm().extend(8, with: HashAlgorithm.allCases.map { ($0, bundle.digest(in: $0)) })
    }
    if steps >= 3 {
      let event = Event.policy(
        name: "embeddings", version: 7, digest: bundle.digest(in: .sha256),
        configuration: node.configuration.digest)
      let record = EventRecord(number: 0, pcr: 14, event: event, banks: HashAlgorithm.allCases)
      if steps <= 5 { try node.put(EventLogFile.intent, record.bytes.bytes) }
      try node.put(EventLogFile.name, steps >= 5 ? record.bytes.bytes : [])
      if steps >= 4 { try node.tpm().extend(14, with: record.extensions) }
    }
    if steps <= 3 { #expect(throws: AttestationError.self) { try node.load() } }
    let measured = try node.measure(bundle)
    #expect(measured.values.map(\.value) == HashAlgorithm.allCases.map { bundle.expectedPCR(in: $0) })
    #expect(try node.load().identity.digest == bundle.digest(in: .sha256))
    #expect(try node.values(8)[.sha256] == bundle.expectedPCR(in: .sha256))
    #expect(try node.directory().entries().sorted() == ["event.log", "policy.json"])
  }

  @Test func theSameMeasurementAgainChangesNothingAsLongAsNothingHasFollowed() throws {
    let node = try TestNode()
    let first = try node.measure()
    let before = try (node.values(8), node.values(14), node.contents("event.log"))
    #expect(try node.measure() == first)
    var other = node.configuration
    other.digest = HashAlgorithm.sha256.digest(of: [1])
    #expect(throws: MeasurementError.self) { try node.measure(TestNode.bundle(), other) }
    #expect(try node.values(8) == before.0)
    #expect(try node.values(14) == before.1)
    #expect(try node.contents("event.log") == before.2)
    try node.load().append(.separator, node.configuration, run: node.run)
    #expect(throws: MeasurementError.self) { try node.measure() }
  }

  /// In another bank than the one that is compared, too.
  @Test(arguments: HashAlgorithm.allCases)
  func theSameMeasurementAgainIsRefusedWhereSomethingElseExtendedAPCR(bank: HashAlgorithm) throws {
    for pcr in [8, 14] as [UInt8] {
      let node = try TestNode()
      try node.measure()
      try node.tpm().extend(pcr, with: [(bank, bank.digest(of: [1]))])
      #expect(throws: MeasurementError.self) { try node.measure() }
    }
  }

  @Test func twoMeasurementsAtOnceGiveOnePolicy() async throws {
    let node = try TestNode()
    let results = await withTaskGroup(of: Bool.self) { group in
      for number in 1...6 as ClosedRange<UInt64> {
        group.addTask {
          do {
            try node.measure(TestNode.bundle(version: number))
            return true
          } catch {
            return false
          }
        }
      }
      return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
    }
    #expect(results == 1)
    #expect(throws: Never.self) { try node.load() }
  }

  @Test func onlyAllocatedBanksAreExtended() throws {
    let node = try TestNode(banks: "sha256,sha512")
    #expect(try node.measure().values.map(\.bank) == [.sha256, .sha512])
    #expect(throws: Never.self) { try node.load() }
  }

  @Test func aBankThatTheTPMLacksCannotDecide() throws {
    let node = try TestNode(banks: "sha1,sha384")
    #expect(throws: MeasurementError.bankMissing(.sha256)) { try node.measure() }
  }
}
