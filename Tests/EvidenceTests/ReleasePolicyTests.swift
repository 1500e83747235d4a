import Bytes
import Digest
import Signature
import StrictJSON
import Testing

@testable import Evidence

@Suite struct ReleasePolicyTests {
  private func policy() throws -> ReleasePolicy {
    let bundle = HashAlgorithm.sha256.digest(of: try Fixture.bytes("bundle.json"))
    let zeros = [UInt8](repeating: 0, count: 32)
    let alice: ByteString = "alice"
    let key = try PublicKey(pem: try Fixture.bytes("alice.pub"))
    return ReleasePolicy(
      name: "first", version: 7, bundle: bundle, bank: .sha256, policyPCR: 8, eventPCR: 14,
      values: [.sha256: HashAlgorithm.sha256.digest(of: zeros + bundle.bytes)], requiresLockdown: true,
      signers: try ReleasePolicy.Signers(required: 1, keys: [(alice, key)]), floor: 7)
  }

  @Test func `it is written as it is read, and holds for the node`() throws {
    let policy = try policy()
    #expect(try ReleasePolicy(json: policy.json) == policy)
    var expected = Expectations(challenge: try Fixture.bytes("challenge"), key: .keys([try Fixture.key("ak")]))
    policy.apply(to: &expected)
    #expect(try Fixture.evidence().verify(expected).isVerified)
    #expect(expected.namesPolicy)
  }

  @Test func `digest and value say the same`() throws {
    guard case .object(var object) = try policy().json else { throw JSONError(.missing) }
    object["bundle"] = .hex(ByteString([UInt8](repeating: 1, count: 32)))
    #expect(throws: JSONError.self) { try ReleasePolicy(json: .object(object)) }
    object["values"] = [:]
    #expect(throws: JSONError.self) { try ReleasePolicy(json: .object(object)) }
  }

  /// It is published: what was given by mistake must not be in it.
  @Test func `keys are public keys, and nothing else stands beside them`() throws {
    let known = try #require(try policy().signers)
    let pem = ByteString(try Fixture.bytes("alice.pub"))
    // An Ed25519 key that is good for nothing else (RFC 8410, section 10.3).
    let secret: ByteString = """
      -----BEGIN PRIVATE KEY-----
      MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
      -----END PRIVATE KEY-----

      """
    let refused: [(JSONValue, JSONValue)] = [
      (["alice": .string(secret)], 1), (["alice": "alice"], 1), (["alice": .string(pem)], 0),
      (["alice": .string(pem)], 2), (["alice": .string(pem), "bob": .string(pem)], 2), ([:], 0),
    ]
    for (keys, required) in refused {
      guard case .object(var object) = try policy().json else { throw JSONError(.missing) }
      object["signers"] = ["keys": keys, "required": required]
      #expect(throws: JSONError.self, "\(keys)") { try ReleasePolicy(json: .object(object)) }
    }
    for both in [secret + pem, pem + secret] {
      guard case .object(var object) = try policy().json else { throw JSONError(.missing) }
      object["signers"] = ["keys": ["alice": .string(both)], "required": 1]
      let read = try ReleasePolicy(json: .object(object))
      #expect(read.signers == known)
      #expect(!"\(read.json)".contains("PRIVATE"))
    }
  }

  @Test func `signers are asked for who can all sign`() throws {
    let alice = try PublicKey(pem: try Fixture.bytes("alice.pub"))
    let bob = try PublicKey(pem: try Fixture.bytes("bob.pub"))
    for required in [-1, 0, 3] {
      #expect(throws: SignatureError.requirement(required, of: 2)) {
        try ReleasePolicy.Signers(required: required, keys: [(name: "alice", key: alice), (name: "bob", key: bob)])
      }
    }
    #expect(throws: SignatureError.repeated("alice")) {
      try ReleasePolicy.Signers(required: 1, keys: [(name: "alice", key: alice), (name: "alice", key: bob)])
    }
    #expect(throws: SignatureError.sameKey("alice", "bob")) {
      try ReleasePolicy.Signers(required: 2, keys: [(name: "alice", key: alice), (name: "bob", key: alice)])
    }
  }

  @Test(arguments: [0, 7, 16, 23]) func `a PCR that no node uses is refused`(pcr: UInt64) throws {
    guard case .object(var object) = try policy().json else { throw JSONError(.missing) }
    object["policyPCR"] = JSONValue(pcr)
    #expect(throws: JSONError.self) { try ReleasePolicy(json: .object(object)) }
  }

  @Test func `Trustee is given the value of the policy PCR`() throws {
    let policy = try policy()
    let value = Hex.encode((policy.values[.sha256] ?? "").bytes)
    guard case .object(let message) = TrusteeFragment.referenceValues(policy),
      case .string(let payload)? = message["payload"]
    else { throw JSONError(.missing) }
    #expect(message["type"] == "sample")
    #expect(Base64.decode(payload).map { ByteString($0) } == ByteString(#"{"tpm_pcr8":["\#(value)"]}"#))
    let rule = TrusteeFragment.attestationPolicy(policy)
    #expect(rule.contains(#"input.tpm.pcr08 in query_reference_value("tpm_pcr8")"#))
    #expect(rule.contains(value))
  }
}
