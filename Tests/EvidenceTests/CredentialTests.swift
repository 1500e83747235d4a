import Bytes
import Digest
import Signature
import StrictJSON
import Testing

@testable import Evidence

@Suite struct CredentialTests {
  /// The endorsement key of an emulated TPM, on P-256.
  static let endorsementKey = Base64.decode(
    """
    AHoAIwALAAMAsgAgg3GXZ0SEs/gakMyNRqXXJP1S124GUgtk8qHaGzMUaaoABgCAAEMAEAADABAAIEzdnIIyY9H8BuU6DvhlxCs5Nl8Y/w956Ux\
    e2J9ODKtVACBv3vud6+9RSfzM6/7CAxDijvikVQRzg5aCUFEhRK0vmw==
    """)
  /// The attestation key of the same TPM.
  static let attestationKey = Base64.decode(
    """
    AFgAIwALAAUAcgAAABAAGAALAAMAEAAgJIB8PxyrKARvUPb3En2TXD3scMnyikdsbR4Q32PI5HgAIK+e9wZ0aQscH2+5Zv2jTWqnYpQeHA9Nbs\
    YPEAK5EPxg
    """)

  @Test func anAttestationKeyIsTakenForOneByItsAttributes() throws {
    let key = try PublicArea(ByteString(#require(Self.attestationKey)))
    #expect(key.isAttestationKey)
    // As the TPM itself named it.
    #expect(
      Hex.encode(key.name.bytes) == "000b6c2b9038ac1ff0e6e43380d617cfe90d63c753add7dedf0fe8e58e30bc8ef7e7")
    let endorsementKey = try PublicArea(ByteString(#require(Self.endorsementKey)))
    #expect(!endorsementKey.isAttestationKey)
    #expect(endorsementKey.point != nil)
  }

  @Test func eachMissingAttributeMakesAnotherKey() throws {
    let bytes = try #require(Self.attestationKey)
    // TPMA_OBJECT stands after the sizes, the type and the hash function of the name.
    for bit in [1, 4, 5, 16, 18] as [UInt32] {
      var changed = bytes
      changed[6 + 3 - Int(bit / 8)] ^= 1 << UInt8(bit % 8)
      #expect(try !PublicArea(ByteString(changed)).isAttestationKey, "bit \(bit)")
    }
    var decrypting = bytes
    decrypting[6 + 1] ^= 1 << 1
    #expect(try !PublicArea(ByteString(decrypting)).isAttestationKey)
  }

  @Test func noByteOfAPublicAreaIsLeftOver() throws {
    let bytes = try #require(Self.attestationKey)
    for count in 0..<bytes.count {
      #expect(throws: EvidenceError.self) { try PublicArea(ByteString(bytes.prefix(count))) }
    }
    #expect(throws: EvidenceError.self) { try PublicArea(ByteString(bytes + [0])) }
    var longer = bytes + [0]
    longer[1] += 1
    #expect(throws: EvidenceError.self) { try PublicArea(ByteString(longer)) }
    // A point that is not on the curve.
    var moved = bytes
    moved[moved.count - 1] ^= 1
    #expect(throws: EvidenceError.self) { try PublicArea(ByteString(moved)) }
  }

  @Test func aCredentialIsWrittenAsItIsRead() throws {
    let key = try PublicArea(ByteString(#require(Self.endorsementKey)))
    let credential = try Credential(
      protecting: ByteString([UInt8](repeating: 7, count: 32)), for: key, attestationKeyName: key.name)
    #expect(try Credential(file: credential.file) == credential)
    #expect(throws: EvidenceError.self) { try Credential(file: credential.file + [0]) }
    #expect(throws: EvidenceError.self) { try Credential(file: Array(credential.file.dropLast())) }
    // Each is for one use: the seed is new.
    let other = try Credential(
      protecting: ByteString([UInt8](repeating: 7, count: 32)), for: key, attestationKeyName: key.name)
    #expect(other.blob != credential.blob)
  }

  @Test func authenticationIsThatOfRFC4231() {
    let key = ByteString([UInt8](repeating: 0x0B, count: 20))
    #expect(
      Hex.encode(HashAlgorithm.sha256.authenticate("Hi There", key: key).bytes)
        == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
    #expect(
      Hex.encode(HashAlgorithm.sha384.authenticate("Hi There", key: key).bytes)
        == "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6")
  }
}
