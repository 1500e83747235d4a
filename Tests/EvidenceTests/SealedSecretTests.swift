import Bytes
import Digest
import StrictJSON
import Testing

@testable import Evidence

@Suite struct SealedSecretTests {
  /// For PCR 8 of a node that measured a bundle, as a TPM sealed it.
  static let policy = SealingPolicy(
    pcr: 8, bank: .sha256,
    value: ByteString(Hex.decode("e1d12e9f4ca5d111a60dc0a113a31e089e2a62fd80c1ffdc5db555b01d0288e6") ?? []))
  static let publicArea = ByteString(
    Base64.decode(
      """
      AE4ACAALAAAEEgAg0I3rEM0hmqIT7ZOSiPuE4Sw/eZ2L1WICds+F0a0wzxMAEAAgPj6Mcc4asH25La3fEMk/b3NURYzfZty3O65JaPib0fs=
      """) ?? [])

  static func secret(_ policy: SealingPolicy = policy) -> SealedSecret {
    SealedSecret(policy: policy, parent: "parent", publicArea: publicArea, privateArea: "private")
  }

  @Test func theDigestIsTheOneThatTheTPMTook() throws {
    #expect(Self.publicArea.bytes.dropFirst(12).starts(with: Self.policy.digest.bytes))
  }

  @Test func itIsWrittenAsItIsRead() throws {
    let bytes = CanonicalJSON.encode(Self.secret().json)
    #expect(try SealedSecret.decode(bytes, file: "sealed") == Self.secret())
  }

  @Test func whatItSaysForPeopleMustBeWhatTheTPMFollows() throws {
    var value = Self.policy.value
    value.bytes[0] ^= 1
    let others = [
      SealingPolicy(pcr: 9, bank: .sha256, value: Self.policy.value),
      SealingPolicy(pcr: 8, bank: .sha256, value: value),
      SealingPolicy(pcr: 8, bank: .sha384, value: ByteString([UInt8](repeating: 0, count: 48))),
      SealingPolicy(pcr: 8, bank: .sha256, value: "short"),
    ]
    for other in others {
      #expect(throws: JSONError.self) {
        try SealedSecret.decode(CanonicalJSON.encode(Self.secret(other).json), file: "sealed")
      }
    }
  }

  @Test func aSelectionNamesOneBankAndItsPCRs() {
    #expect(Hex.encode(PCRSelection([14, 8], in: .sha256).bytes.bytes) == "00000001000b03004100")
    #expect(Hex.encode(PCRSelection([0, 23], in: .sha384).bytes.bytes) == "00000001000c03010080")
    #expect(PCRSelection([14, 8, 8], in: .sha256).description == "sha256:8,14")
  }
}
