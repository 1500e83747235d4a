internal import Attestation
public import Bytes
public import Digest
public import Signature

/// The public half of a key in a TPM (TPM2B_PUBLIC with a TPMT_PUBLIC; TPM 2.0 Part 2, section 12.2.4).
public struct PublicArea: Equatable, Sendable {
  /// The TPM2B_PUBLIC.
  public let bytes: ByteString
  public let attributes: Attributes
  /// The hash function of the name.
  public let nameAlgorithm: HashAlgorithm
  public let authPolicy: ByteString
  /// The key for OpenSSL.
  public let key: VerificationKey
  /// Of a key on P-256 its point, 32 bytes each; nil of an RSA key.
  public let point: (x: ByteString, y: ByteString)?

  /// The bits of TPMA_OBJECT.
  public struct Attributes: OptionSet, Hashable, Sendable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let fixedTPM = Self(rawValue: 1 << 1)
    public static let fixedParent = Self(rawValue: 1 << 4)
    public static let sensitiveDataOrigin = Self(rawValue: 1 << 5)
    public static let userWithAuth = Self(rawValue: 1 << 6)
    public static let adminWithPolicy = Self(rawValue: 1 << 7)
    public static let noDA = Self(rawValue: 1 << 10)
    public static let restricted = Self(rawValue: 1 << 16)
    public static let decrypt = Self(rawValue: 1 << 17)
    public static let sign = Self(rawValue: 1 << 18)

    /// What makes a key one that signs only what the TPM itself says, and that no other TPM ever had.
    public static let attestation: Self = [.fixedTPM, .fixedParent, .sensitiveDataOrigin, .restricted, .sign]
  }

  /// Whether the key signs quotes and nothing that came from outside.
  public var isAttestationKey: Bool { attributes.isSuperset(of: .attestation) && !attributes.contains(.decrypt) }

  /// The name: the hash function and the digest of the area, by which other keys and credentials refer to it.
  public var name: ByteString {
    var writer = BigEndianWriter()
    writer.append(nameAlgorithm.tpmIdentifier)
    writer.append(nameAlgorithm.digest(of: Array(bytes.bytes.dropFirst(2))))
    return ByteString(writer.bytes)
  }

  /// Reads one; of an RSA key with 2048 to 4096 bits or an ECC key on P-256.
  public init(_ bytes: ByteString) throws(EvidenceError) {
    func malformed(_ expected: String, _ actual: String) -> EvidenceError {
      .malformed(structure: "public area of a key", expected: expected, actual: actual)
    }
    var outer = BigEndianReader(bytes)
    guard let area = outer.readSized(), outer.isAtEnd else { throw malformed("a TPM2B_PUBLIC", "\(bytes.count) bytes") }
    var reader = BigEndianReader(area)
    guard let type = reader.read(UInt16.self), let name = reader.read(UInt16.self),
      let attributes = reader.read(UInt32.self), let authPolicy = reader.readSized(), reader.skipSymmetric()
    else { throw malformed("a whole TPMT_PUBLIC", "\(area.count) bytes") }
    guard let nameAlgorithm = HashAlgorithm(tpmIdentifier: name), nameAlgorithm != .sha1 else {
      throw malformed("a name of SHA-256, SHA-384 or SHA-512", "algorithm 0x" + String(name, radix: 16))
    }
    let der: ByteString
    switch type {
    case 0x0001:
      guard reader.skipScheme(), let bits = reader.read(UInt16.self), let exponent = reader.read(UInt32.self),
        let modulus = reader.readSized()
      else { throw malformed("an RSA key", "the end") }
      guard (2048...4096).contains(bits), modulus.count == Int(bits) / 8 else {
        throw malformed("2048 to 4096 bits", "\(bits)")
      }
      point = nil
      der = DER.rsaKey(modulus: modulus, exponent: exponent == 0 ? 65537 : exponent)
    case 0x0023:
      guard reader.skipScheme(), let curve = reader.read(UInt16.self), reader.skipScheme(),
        let x = reader.readSized(), let y = reader.readSized()
      else { throw malformed("an ECC key", "the end") }
      guard curve == 0x0003, x.count == 32, y.count == 32 else { throw malformed("a key on P-256", "curve \(curve)") }
      point = (x, y)
      der = DER.p256Key(x: x, y: y)
    case _: throw malformed("an RSA or ECC key", "type 0x" + String(type, radix: 16))
    }
    guard reader.isAtEnd else { throw malformed("nothing more", "\(reader.rest.count) bytes") }
    do { key = try VerificationKey(der: der) } catch { throw malformed("a valid key", "\(error)") }
    (self.bytes, self.authPolicy, self.nameAlgorithm) = (bytes, authPolicy, nameAlgorithm)
    self.attributes = Attributes(rawValue: attributes)
  }

  /// Equal bytes are equal areas.
  public static func == (left: PublicArea, right: PublicArea) -> Bool { left.bytes == right.bytes }
}

extension BigEndianReader {
  private static let null: UInt16 = 0x0010

  /// Reads over a TPMT_SYM_DEF_OBJECT.
  fileprivate mutating func skipSymmetric() -> Bool {
    guard let algorithm = read(UInt16.self) else { return false }
    return algorithm == Self.null || read(count: 4) != nil
  }

  /// Reads over a scheme: a name, and a hash function where there is one.
  fileprivate mutating func skipScheme() -> Bool {
    guard let algorithm = read(UInt16.self) else { return false }
    return algorithm == Self.null || read(UInt16.self) != nil
  }
}
