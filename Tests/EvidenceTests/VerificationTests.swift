import Bytes
import Digest
import Signature
import StrictJSON
import Testing

@testable import Evidence

@Suite struct VerificationTests {
  @Test func `what a node says passes every check`() throws {
    let verification = try Fixture.evidence().verify(try Fixture.expectations())
    #expect(verification.checks.map(\.name) == Verification.Name.allCases)
    // The key is known by its public half alone; its attributes are what the evidence says of it.
    let others = verification.checks.filter { $0.result != .passed }
    #expect(others.map(\.name) == [.keyAttributes, .decisionLog], "\(verification.checks)")
    #expect(others.map(\.result) == [.claimed, .skipped])
    #expect(verification.isVerified)
    #expect(verification.policy?.name == "first")
    #expect(verification.policy?.version == 7)
    #expect(verification.events == 3)
    #expect(verification.clock?.resets == 1)
  }

  @Test(arguments: ["quote", "signature", "attestationKey", "bundle", "configuration", "eventLog"])
  func `no byte can be another one`(member: String) throws {
    let document = try Fixture.evidence()
    var expected = try Fixture.expectations()
    // With the attributes, which a PEM does not tell.
    expected.key = .areas([try PublicArea(document.attestationKey.publicArea)])
    #expect(document.verify(expected).isVerified)
    let bytes =
      switch member {
      case "quote": document.quote
      case "signature": document.signature
      case "attestationKey": document.attestationKey.publicArea
      case "bundle": document.bundle
      case "configuration": document.configuration ?? ""
      default: document.eventLog
      }
    #expect(!bytes.isEmpty)
    for index in bytes.bytes.indices {
      for mask in [0x01, 0x80] as [UInt8] {
        var changed = bytes
        changed.bytes[index] ^= mask
        let value: JSONValue =
          member == "attestationKey" ? ["public": .base64(changed)] : .base64(changed)
        let verification = try Fixture.evidence([ByteString(member): value]).verify(expected)
        let isVerified = verification.isVerified
        #expect(!isVerified, "byte \(index), mask \(mask)")
      }
    }
    for shorter in [0, 1, bytes.count / 2, bytes.count - 1] {
      let changed = JSONValue.base64(ByteString(bytes.bytes.prefix(shorter)))
      let value: JSONValue = member == "attestationKey" ? ["public": changed] : changed
      #expect(try !Fixture.evidence([ByteString(member): value]).verify(expected).isVerified)
    }
    let longer = JSONValue.base64(bytes + "\0")
    let value: JSONValue = member == "attestationKey" ? ["public": longer] : longer
    #expect(try !Fixture.evidence([ByteString(member): value]).verify(expected).isVerified)
  }

  @Test(arguments: ["split", "twice", "reverse", "bank384", "more", "fewer"])
  func `a quote over any other selection is refused, though the TPM signed it`(name: String) throws {
    let document = try Fixture.evidence(quote: name)
    let verification = document.verify(try Fixture.expectations())
    #expect(try document.failures() == [.selection])
    #expect(verification.checks.first { $0.name == .signature }?.result == .passed)
    // Its digest is not even looked at.
    #expect(verification.checks.first { $0.name == .values }?.result == .skipped)
  }

  @Test func `an answer to another challenge is a replay`() throws {
    var expected = try Fixture.expectations()
    expected.challenge[0] ^= 1
    #expect(try Fixture.evidence().failures(expected) == [.nonce])
    expected.challenge = []
    #expect(try Fixture.evidence().failures(expected) == [.nonce])
  }

  @Test func `what the node bound cannot be exchanged`() throws {
    var expected = try Fixture.expectations()
    let other = try Fixture.evidence(["extra": .base64("another key")])
    #expect(try other.failures(expected) == [.nonce, .extra])
    #expect(try Fixture.evidence(["extra": nil]).failures(expected) == [.nonce, .extra])
    expected.extra = Array("another key".utf8)
    #expect(try Fixture.evidence().failures(expected) == [.extra])
    expected.extra = nil
    #expect(try other.failures(expected) == [.nonce])
  }

  @Test func `the quote of another key of the same TPM is that of a stranger`() throws {
    let expected = try Fixture.expectations()
    #expect(try Fixture.evidence(quote: "other").failures(expected) == [.signature])
    guard case .object(var object) = try Fixture.evidence(quote: "other").json else { throw JSONError(.missing) }
    object["attestationKey"] = ["public": .base64(ByteString(try Fixture.bytes("other.public")))]
    #expect(try EvidenceDocument(json: .object(object)).failures(expected) == [.keyTrust])
  }

  @Test func `an RSA key is as good`() throws {
    var expected = try Fixture.expectations()
    expected.key = .keys([try Fixture.key("ak"), try Fixture.key("rsa")])
    guard case .object(var object) = try Fixture.evidence(quote: "rsa").json else { throw JSONError(.missing) }
    object["attestationKey"] = ["public": .base64(ByteString(try Fixture.bytes("rsa.public")))]
    let verification = try EvidenceDocument(json: .object(object)).verify(expected)
    #expect(verification.isVerified, "\(verification.checks)")
  }

  @Test func `a certificate counts when its authority does and its key is the one`() throws {
    var expected = try Fixture.expectations()
    expected.key = .authorities(try Fixture.bytes("ca.pem"))
    #expect(try Fixture.evidence().verify(expected).isVerified)
    let key = try Fixture.evidence().attestationKey
    let without: JSONValue = ["public": .base64(key.publicArea)]
    #expect(try Fixture.evidence(["attestationKey": without]).failures(expected) == [.keyTrust])
    let authority = try Certificate(pem: try Fixture.bytes("ca.pem")).der
    let foreign: JSONValue = ["public": .base64(key.publicArea), "certificate": .base64(authority)]
    #expect(try Fixture.evidence(["attestationKey": foreign]).failures(expected) == [.keyTrust])
    expected.key = .authorities(try Fixture.bytes("other-ca.pem"))
    #expect(try Fixture.evidence().failures(expected) == [.keyTrust])
    expected.key = .authorities([])
    #expect(try Fixture.evidence().failures(expected) == [.keyTrust])
  }

  @Test(arguments: [("for-attestation.crt", true), ("for-both.crt", true), ("for-clients.crt", false)])
  func `a certificate that says what its key is for must say that it is an attestation key`(
    name: String, counts: Bool
  ) throws {
    var expected = try Fixture.expectations()
    expected.key = .authorities(try Fixture.bytes("usage-ca.pem"))
    let certificate = try Certificate(pem: try Fixture.bytes(name))
    let key: JSONValue = [
      "public": .base64(try Fixture.evidence().attestationKey.publicArea), "certificate": .base64(certificate.der),
    ]
    #expect(try Fixture.evidence(["attestationKey": key]).failures(expected) == (counts ? [] : [.keyTrust]))
  }

  @Test func `a certificate's uses are read as they are written`() throws {
    func usage(_ name: String) throws -> [ByteString]? {
      try Certificate(pem: try Fixture.bytes(name)).extendedKeyUsage
    }
    #expect(try usage("for-both.crt") == ["2.23.133.8.1", "2.23.133.8.3"])
    #expect(try usage("for-clients.crt") == ["1.3.6.1.5.5.7.3.2"])
    #expect(try usage("ca.pem") == nil)
  }

  @Test func `attributes are proved where the whole public area is known, and claimed where only the key is`() throws {
    let area = try PublicArea(try Fixture.evidence().attestationKey.publicArea)
    var expected = try Fixture.expectations()
    func result() throws -> Verification.Result? {
      let verification = try Fixture.evidence().verify(expected)
      #expect(verification.isVerified)
      return verification.checks.first { $0.name == .keyAttributes }?.result
    }
    #expect(try result() == .claimed)
    expected.key = .authorities(try Fixture.bytes("ca.pem"))
    #expect(try result() == .claimed)
    expected.key = .areas([area])
    #expect(try result() == .passed)
    // Attributes without `restricted` are wrong whoever says them.
    var bytes = area.bytes.bytes
    bytes[7] ^= 0x01
    let loose: JSONValue = ["public": .base64(ByteString(bytes))]
    expected = try Fixture.expectations()
    #expect(try Fixture.evidence(["attestationKey": loose]).failures(expected) == [.keyAttributes])
  }

  @Test func `another bank or another PCR is not the quoted one`() throws {
    var expected = try Fixture.expectations()
    expected.bank = .sha384
    #expect(try Fixture.evidence().failures(expected) == [.selection, .policyPCR, .eventPCR])
    expected = try Fixture.expectations()
    expected.policyPCR = 9
    #expect(try Fixture.evidence().failures(expected) == [.selection])
    expected = try Fixture.expectations()
    expected.eventPCR = 15
    #expect(try Fixture.evidence().failures(expected).isSuperset(of: [.selection, .eventLog]))
    let claimed = try Fixture.evidence(["bank": "sha512"])
    #expect(try claimed.failures() == [.values])
  }

  @Test func `values that were not quoted fail beside what stands behind them`() throws {
    let zeros = ByteString([UInt8](repeating: 0, count: 32))
    let policy = try Fixture.evidence(["policyPCR": ["pcr": 8, "value": .hex(zeros)]])
    #expect(try policy.failures() == [.values, .policyPCR])
    let events = try Fixture.evidence(["eventPCR": ["pcr": 14, "value": .hex(zeros)]])
    #expect(try events.failures() == [.values, .eventPCR])
    let exchanged = try Fixture.evidence([
      "policyPCR": ["pcr": 14, "value": .hex(zeros)], "eventPCR": ["pcr": 8, "value": .hex(zeros)],
    ])
    #expect(try exchanged.failures().contains(.values))
  }

  @Test func `another bundle fails wherever it is looked at`() throws {
    let text = #"{"apiVersion":"ward/v1","kind":"PolicyBundle","mode":"conformance","name":"first","version":8}"#
    let other = try Fixture.evidence(["bundle": .base64(ByteString(text))])
    #expect(
      try other.failures() == [.policyPCR, .bundle, .policyEvent, .signers])
    var expected = try Fixture.expectations()
    expected.bundle = HashAlgorithm.sha256.digest(of: Array(text.utf8))
    #expect(try Fixture.evidence().failures(expected) == [.bundle])
    let none = try Fixture.evidence(["bundle": .base64("{}")])
    #expect(try none.failures().isSuperset(of: [.policy, .floor, .policyPCR]))
  }

  @Test func `rollback, too few signers and old challenges are told`() throws {
    var expected = try Fixture.expectations()
    expected.floor = 8
    #expect(try Fixture.evidence().failures(expected) == [.floor])
    expected = try Fixture.expectations()
    expected.signers = try Fixture.signers(["alice", "carol"], required: 2)
    #expect(try Fixture.evidence().failures(expected) == [.signers])
    expected.signers = try Fixture.signers(["alice", "carol"], required: 1)
    #expect(try Fixture.evidence().verify(expected).isVerified)
    #expect(try Fixture.evidence(["envelope": nil]).failures(expected) == [.signers])
    #expect(try Fixture.evidence(["envelope": .base64("[]")]).failures(expected) == [.signers])
    for seconds in [61, -1] as [Int64] {
      expected.age = Expectations.Age(seconds: seconds, maximum: 60)
      #expect(try Fixture.evidence().failures(expected) == [.freshness])
    }
    expected.age = Expectations.Age(seconds: 0, maximum: -1)
    #expect(try Fixture.evidence().failures(expected) == [.freshness])
  }

  @Test func `another configuration is not the measured one`() throws {
    var expected = try Fixture.expectations()
    expected.configuration = HashAlgorithm.sha256.digest(of: [])
    #expect(try Fixture.evidence().failures(expected) == [.configuration])
    expected.configuration = nil
    #expect(try Fixture.evidence().verify(expected).isVerified)
    #expect(try Fixture.evidence(["configuration": nil]).failures(expected) == [.configuration])
  }

  @Test func `decisions are those of the last checkpoint`() throws {
    let expected = try Fixture.expectations()
    #expect(try Fixture.evidence(["decisions": nil]).failures(expected) == [.decisions])
    let decisions = try #require(try Fixture.evidence().decisions)
    let other: JSONValue = ["sequence": 2, "digest": .hex(decisions.digest)]
    #expect(try Fixture.evidence(["decisions": other]).failures(expected) == [.decisions])
  }

  @Test func `evidence has the members that it has`() throws {
    guard case .object(let object) = try Fixture.evidence().json else { throw JSONError(.missing) }
    #expect(try EvidenceDocument(json: .object(object)) == Fixture.evidence())
    for (key, value) in [("kind", "Other"), ("apiVersion", "ward/v2"), ("more", 1)] as [(ByteString, JSONValue)] {
      var changed = object
      changed[key] = value
      #expect(throws: JSONError.self) { try EvidenceDocument(json: .object(changed)) }
    }
  }

  @Test func `a challenge has a size`() throws {
    #expect(throws: EvidenceError.self) { try Challenge([UInt8](repeating: 1, count: 15)) }
    #expect(throws: EvidenceError.self) { try Challenge([UInt8](repeating: 1, count: 65)) }
    #expect(throws: EvidenceError.self) {
      try Challenge([UInt8](repeating: 1, count: 32), extra: [UInt8](repeating: 0, count: Challenge.extraLimit + 1))
    }
    // Where the challenge ends and the extra begins is told.
    let one = try Challenge([UInt8](repeating: 1, count: 16), extra: [1])
    let other = try Challenge([UInt8](repeating: 1, count: 17), extra: [])
    #expect(one.nonce != other.nonce)
  }
}
