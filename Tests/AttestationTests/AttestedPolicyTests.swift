import Bytes
import Digest
import Linux
import NodeConfiguration
import Policy
import StrictJSON
import Testing

@testable import Attestation

@Suite struct AttestedPolicyTests {
  private func code(_ node: TestNode) -> String {
    do {
      let policy = try node.load()
      return "loaded \(policy.identity)"
    } catch {
      return error.code
    }
  }

  @Test func nothingIsAttestedBeforeTheMeasurement() throws {
    let node = try TestNode()
    #expect(code(node) == "WARD-POLICY-MISSING")
    try node.put("policy.json", TestNode.bundle().bytes)
    #expect(code(node) == "WARD-LOG-INVALID")
    try node.put("event.log", [])
    #expect(code(node) == "WARD-NOT-MEASURED")
  }

  @Test func anAlteredBundleIsNotThePolicy() throws {
    let node = try TestNode()
    try node.measure()
    for bytes in [TestNode.bundle("embeddings", version: 8).bytes, TestNode.bundle().bytes + [0x0A], []] {
      try node.put("policy.json", bytes)
      #expect(code(node) == "WARD-PCR-MISMATCH")
    }
    try node.directory().remove("policy.json")
    #expect(code(node) == "WARD-POLICY-MISSING")
    try node.put("policy.json", TestNode.bundle().bytes)
    #expect(throws: Never.self) { try node.load() }
  }

  @Test func onlyARegularFileIsRead() throws {
    let node = try TestNode()
    try node.measure()
    let directory = try node.directory()
    try directory.rename("policy.json", to: "other.json")
    try directory.makeSymbolicLink("policy.json", to: "other.json")
    #expect(code(node) == "WARD-POLICY-UNREADABLE")
    try directory.remove("policy.json")
    try directory.makeNode("policy.json", .fifo, permissions: 0o600)
    #expect(code(node) == "WARD-POLICY-UNREADABLE")
    try directory.remove("policy.json")
    try directory.makeDirectory("policy.json")
    #expect(code(node) == "WARD-POLICY-UNREADABLE")
  }

  @Test func oneMoreExtendOfEitherPCREndsTheAttestation() throws {
    let node = try TestNode()
    try node.measure()
    try node.tpm().extend(8, with: [(.sha1, HashAlgorithm.sha1.zero)])
    #expect(throws: Never.self) { try node.load() }
    try node.tpm().extend(14, with: [(.sha256, HashAlgorithm.sha256.zero)])
    #expect(code(node) == "WARD-LOG-MISMATCH")
    try node.tpm().extend(8, with: [(.sha256, HashAlgorithm.sha256.zero)])
    #expect(code(node) == "WARD-PCR-MISMATCH")
  }

  @Test func theConfiguredBankDecides() throws {
    let node = try TestNode()
    try node.measure()
    let other: NodeConfiguration = try StrictJSON.decode(
      from: Array(#"{"tpm": "swtpm:\#(node.path)/sock", "pcrBank": "sha384"}"#.utf8))
    #expect(throws: Never.self) { try AttestedPolicy.load(other, run: node.run) }
    try node.tpm().extend(8, with: [(.sha384, HashAlgorithm.sha384.zero)])
    #expect(throws: Never.self) { try node.load() }
    #expect {
      try AttestedPolicy.load(other, run: node.run)
    } throws: { error in
      (error as? AttestationError)?.code == "WARD-PCR-MISMATCH"
    }
  }

  @Test func anAlteredEventLogIsNotBelieved() throws {
    let node = try TestNode()
    try node.measure()
    let log = try node.contents("event.log")
    for index in log.indices {
      var altered = log
      altered[index] ^= 1
      try node.put("event.log", altered)
      #expect(["WARD-LOG-INVALID", "WARD-LOG-MISMATCH"].contains(code(node)), "byte \(index)")
    }
    try node.put("event.log", [])
    #expect(code(node) == "WARD-LOG-MISMATCH")
    try node.put("event.log", Array(log.dropLast()))
    #expect(code(node) == "WARD-LOG-INVALID")
    try node.put("event.log", log + log)
    #expect(code(node) == "WARD-LOG-INVALID")
    try node.directory().remove("event.log")
    #expect(code(node) == "WARD-LOG-INVALID")
    try node.put("event.log", log)
    #expect(throws: Never.self) { try node.load() }
  }

  @Test func aLogThatBeginsWithAnotherBundleIsNotBelieved() throws {
    let node = try TestNode()
    let bundle = TestNode.bundle()
    try node.put("policy.json", bundle.bytes)
    try node.tpm().extend(8, with: HashAlgorithm.allCases.map { ($0, bundle.digest(in: $0)) })
    try node.begin(
      .policy(
        name: "embeddings", version: 7, digest: HashAlgorithm.sha256.digest(of: []),
        configuration: node.configuration.digest))
    #expect(code(node) == "WARD-LOG-MISMATCH")
  }

  @Test func anotherConfigurationThanTheMeasuredOneIsNotObeyed() throws {
    let node = try TestNode()
    let bundle = TestNode.bundle()
    try node.put("policy.json", bundle.bytes)
    try node.tpm().extend(8, with: HashAlgorithm.allCases.map { ($0, bundle.digest(in: $0)) })
    try node.begin(
      .policy(
        name: "embeddings", version: 7, digest: bundle.digest(in: .sha256),
        configuration: HashAlgorithm.sha256.digest(of: [1])))
    #expect(code(node) == "WARD-CONFIGURATION-MISMATCH")
  }

  @Test func aMeasuredFileThatIsNoPolicyDecidesNothing() throws {
    let node = try TestNode()
    let bundle = UnverifiedBundle(bytes: Array("{}".utf8))
    try node.put("policy.json", bundle.bytes)
    try node.tpm().extend(8, with: HashAlgorithm.allCases.map { ($0, bundle.digest(in: $0)) })
    try node.begin(
      .policy(
        name: "x", version: 1, digest: bundle.digest(in: .sha256), configuration: node.configuration.digest))
    #expect(code(node) == "WARD-POLICY-INVALID")
  }

  @Test func aTPMThatStopsAnsweringIsADenialWithinItsTime() throws {
    let node = try TestNode()
    try node.measure()
    node.stopTPM()
    let start = ContinuousClock.now
    #expect(code(node) == "WARD-TPM-UNAVAILABLE")
    let time = ContinuousClock.now - start
    #expect(time > .milliseconds(1900) && time < .seconds(10))
  }

  @Test func aTPMThatIsGoneIsADenial() throws {
    let node = try TestNode()
    try node.measure()
    node.endTPM()
    #expect(code(node) == "WARD-TPM-UNAVAILABLE")
  }

  @Test func theDecisionNamesThePolicyAndTheCommand() throws {
    let node = try TestNode()
    try node.measure()
    let policy = try node.load()
    let id = try #require(ContainerID("c1"))
    let decision = try policy.decide(.kill(id, signal: 9, all: false), on: NodeState(containers: []))
    #expect(decision.policy == policy.identity)
    #expect(decision.mode == .conformance)
    #expect(decision.verb == .kill)
    #expect(decision.container == id)
  }
}
