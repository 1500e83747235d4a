import Bytes
import Digest
import StrictJSON
import Testing

@testable import Evidence

@Suite struct ReleasePolicyTests {
  private func policy() throws -> ReleasePolicy {
    let bundle = HashAlgorithm.sha256.digest(of: try Fixture.bytes("bundle.json"))
    let zeros = [UInt8](repeating: 0, count: 32)
    return ReleasePolicy(
      name: "first", version: 7, bundle: bundle, bank: .sha256, policyPCR: 8, eventPCR: 14,
      values: [.sha256: HashAlgorithm.sha256.digest(of: zeros + bundle.bytes)], requiresLockdown: true,
      signers: .init(required: 1, keys: ["alice": ByteString(try Fixture.bytes("alice.pub"))]), floor: 7)
  }

  @Test func `it is written as it is read, and holds for the node`() throws {
    let policy = try policy()
    #expect(try ReleasePolicy(json: policy.json) == policy)
    var expected = Expectations(challenge: try Fixture.bytes("challenge"), key: .keys([try Fixture.key("ak")]))
    try policy.apply(to: &expected)
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
