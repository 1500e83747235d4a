internal import Attestation
internal import Bytes
internal import Evidence

/// The public areas from which the TPM makes keys: the same template gives the same key again, as long as the seed of
/// its hierarchy stays.
enum KeyTemplate {
  /// An attestation key: ECDSA on P-256 with SHA-256, for what the TPM itself says.
  static let attestation = ecc(
    [.fixedTPM, .fixedParent, .sensitiveDataOrigin, .userWithAuth, .restricted, .sign], symmetric: null,
    scheme: [0x0018, 0x000B])

  /// A storage key, under which secrets are sealed.
  static let storage = ecc(
    [.fixedTPM, .fixedParent, .sensitiveDataOrigin, .userWithAuth, .noDA, .restricted, .decrypt],
    symmetric: aes128CFB, scheme: null)

  /// The endorsement key on P-256 (TCG EK Credential Profile, template L-2).
  static let endorsementP256 = ecc(
    [.fixedTPM, .fixedParent, .sensitiveDataOrigin, .adminWithPolicy, .restricted, .decrypt],
    symmetric: aes128CFB, scheme: null, policy: endorsementPolicy, unique: ByteString([UInt8](repeating: 0, count: 32)))

  /// The endorsement key of RSA with 2048 bits (TCG EK Credential Profile, template L-1).
  static let endorsementRSA: ByteString = {
    var writer = head(
      0x0001, [.fixedTPM, .fixedParent, .sensitiveDataOrigin, .adminWithPolicy, .restricted, .decrypt],
      policy: endorsementPolicy)
    for number in aes128CFB + null { writer.append(number) }
    writer.append(UInt16(2048))
    writer.append(UInt32(0))
    writer.appendSized(ByteString([UInt8](repeating: 0, count: 256)))
    return ByteString(writer.bytes).sized
  }()

  /// A secret of its own that a policy opens, and nothing else; wrong tries do not lock the TPM.
  static func sealed(policy: ByteString) -> ByteString {
    var writer = head(0x0008, [.fixedTPM, .fixedParent, .noDA], policy: policy)
    writer.append(null[0])
    writer.appendSized("")
    return ByteString(writer.bytes).sized
  }

  private static let null: [UInt16] = [0x0010]
  private static let aes128CFB: [UInt16] = [0x0006, 128, 0x0043]
  /// PolicySecret of the endorsement hierarchy (the profile's PolicyA).
  private static let endorsementPolicy = ByteString([
    0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xB3, 0xF8, 0x1A, 0x90, 0xCC, 0x8D, 0x46, 0xA5, 0xD7, 0x24,
    0xFD, 0x52, 0xD7, 0x6E, 0x06, 0x52, 0x0B, 0x64, 0xF2, 0xA1, 0xDA, 0x1B, 0x33, 0x14, 0x69, 0xAA,
  ])

  private static func head(
    _ type: UInt16, _ attributes: PublicArea.Attributes, policy: ByteString
  ) -> BigEndianWriter {
    var writer = BigEndianWriter()
    writer.append(type)
    writer.append(UInt16(0x000B))
    writer.append(attributes.rawValue)
    writer.appendSized(policy)
    return writer
  }

  private static func ecc(
    _ attributes: PublicArea.Attributes, symmetric: [UInt16], scheme: [UInt16], policy: ByteString = "",
    unique: ByteString = ""
  ) -> ByteString {
    var writer = head(0x0023, attributes, policy: policy)
    for number in symmetric + scheme { writer.append(number) }
    writer.append(UInt16(0x0003))
    writer.append(null[0])
    writer.appendSized(unique)
    writer.appendSized(unique)
    return ByteString(writer.bytes).sized
  }
}
