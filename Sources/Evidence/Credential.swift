public import Bytes
internal import Digest
public import Signature

/// A secret that only one TPM opens, and only for an attestation key of its own (TPM 2.0 Part 1, section 24).
///
/// A verifier that knows a TPM by its endorsement key learns so that a signing key is the same TPM's: the endorsement
/// key itself does not sign.
public struct Credential: Equatable, Sendable {
  /// The contents of a TPM2B_ID_OBJECT.
  public let blob: ByteString
  /// The contents of a TPM2B_ENCRYPTED_SECRET.
  public let secret: ByteString

  /// The size of the secret in bytes.
  public static let secretSize = 32

  /// Makes one for the TPM with an endorsement key and its attestation key, without a TPM (TPM2_MakeCredential).
  public init(
    protecting secret: ByteString, for endorsementKey: PublicArea, attestationKeyName name: ByteString
  ) throws(SignatureError) {
    let hash = endorsementKey.nameAlgorithm
    let label: ByteString = "IDENTITY"
    let seed: ByteString
    if let point = endorsementKey.point {
      let agreement = try endorsementKey.key.agree()
      seed = KeyDerivation.fromPoint(hash, agreement.shared, label, agreement.x, point.x)
      var writer = BigEndianWriter()
      writer.appendSized(agreement.x)
      writer.appendSized(agreement.y)
      self.secret = ByteString(writer.bytes)
    } else {
      var generator = SystemRandomNumberGenerator()
      seed = ByteString((0..<hash.size).map { _ in UInt8.random(in: 0...255, using: &generator) })
      self.secret = try endorsementKey.key.encrypt(seed.bytes, label: label.bytes + [0])
    }
    var writer = BigEndianWriter()
    writer.appendSized(secret)
    let key = KeyDerivation.fromSeed(hash, seed, "STORAGE", name, bits: 128)
    let identity = try AESCipherFeedback.encrypt(writer.bytes, key: key)
    let integrityKey = KeyDerivation.fromSeed(hash, seed, "INTEGRITY", "", bits: UInt32(hash.size * 8))
    var blob = BigEndianWriter()
    blob.appendSized(hash.authenticate(identity + name, key: integrityKey))
    blob.append(identity)
    self.blob = ByteString(blob.bytes)
  }
}

// The file has the form of tpm2-tools, so that tpm2_activatecredential opens it too.
extension Credential {
  private static let magic: UInt32 = 0xBADC_C0DE
  private static let version: UInt32 = 1

  /// The file's contents.
  public var file: [UInt8] {
    var writer = BigEndianWriter()
    writer.append(Self.magic)
    writer.append(Self.version)
    writer.appendSized(blob)
    writer.appendSized(secret)
    return writer.bytes
  }

  /// Reads a file.
  public init(file: [UInt8]) throws(EvidenceError) {
    var reader = BigEndianReader(ByteString(file))
    guard reader.read(UInt32.self) == Self.magic, reader.read(UInt32.self) == Self.version,
      let blob = reader.readSized(), let secret = reader.readSized(), reader.isAtEnd
    else {
      throw .malformed(structure: "credential", expected: "the form of tpm2_makecredential", actual: "something else")
    }
    (self.blob, self.secret) = (blob, secret)
  }
}

/// The key derivation functions of TPMs.
enum KeyDerivation {
  /// KDFa (TPM 2.0 Part 1, section 11.4.10.2): SP 800-108 in counter mode with HMAC.
  static func fromSeed(
    _ hash: HashAlgorithm, _ seed: ByteString, _ label: ByteString, _ context: ByteString, bits: UInt32
  ) -> ByteString {
    var derived: [UInt8] = []
    var counter: UInt32 = 1
    while derived.count < Int(bits / 8) {
      var writer = BigEndianWriter()
      writer.append(counter)
      writer.append(label)
      writer.append(UInt8(0))
      writer.append(context)
      writer.append(bits)
      derived += hash.authenticate(ByteString(writer.bytes), key: seed).bytes
      counter += 1
    }
    return ByteString(derived.prefix(Int(bits / 8)))
  }

  /// KDFe (section 11.4.10.3): SP 800-56A with the x coordinates of both parties; one digest long.
  static func fromPoint(
    _ hash: HashAlgorithm, _ shared: ByteString, _ label: ByteString, _ ours: ByteString, _ theirs: ByteString
  ) -> ByteString {
    var writer = BigEndianWriter()
    writer.append(UInt32(1))
    writer.append(shared)
    writer.append(label)
    writer.append(UInt8(0))
    writer.append(ours)
    writer.append(theirs)
    return hash.digest(of: writer.bytes)
  }
}

extension HashAlgorithm {
  /// HMAC (RFC 2104).
  func authenticate(_ message: ByteString, key: ByteString) -> ByteString {
    let blockSize = size > 32 ? 128 : 64
    precondition(key.count <= blockSize, "keys here are no longer than a digest")
    let padded = key.bytes + [UInt8](repeating: 0, count: blockSize - key.count)
    let inner = digest(of: padded.map { $0 ^ 0x36 } + message.bytes)
    return digest(of: padded.map { $0 ^ 0x5C } + inner.bytes)
  }
}
