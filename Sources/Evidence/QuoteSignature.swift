internal import Attestation
public import Bytes
public import Digest
internal import Signature

/// A signature as the TPM writes it (TPMT_SIGNATURE; TPM 2.0 Part 2, section 11.3.4), in the form that OpenSSL verifies.
public struct QuoteSignature: Equatable, Sendable {
  /// Which signature it is.
  public enum Scheme: Equatable, Sendable { case ecdsa, rsassa }

  public let scheme: Scheme
  public let hash: HashAlgorithm
  /// DER of r and s, or the number of RSA.
  public let bytes: ByteString

  /// Reads one.
  public init(_ bytes: ByteString) throws(EvidenceError) {
    func malformed(_ expected: String, _ actual: String) -> EvidenceError {
      .malformed(structure: "signature of the quote", expected: expected, actual: actual)
    }
    var reader = BigEndianReader(bytes)
    guard let algorithm = reader.read(UInt16.self), let hash = reader.read(UInt16.self) else {
      throw malformed("a TPMT_SIGNATURE", "\(bytes.count) bytes")
    }
    // A digest that a quote may stand on: not SHA-1.
    guard let hash = HashAlgorithm(tpmIdentifier: hash), hash != .sha1 else {
      throw malformed("SHA-256, SHA-384 or SHA-512", "algorithm 0x" + String(hash, radix: 16))
    }
    self.hash = hash
    switch algorithm {
    case 0x0018:
      scheme = .ecdsa
      guard let r = reader.readSized(), let s = reader.readSized() else { throw malformed("r and s", "the end") }
      self.bytes = DER.sequence([DER.integer(r), DER.integer(s)])
    case 0x0014:
      scheme = .rsassa
      guard let signature = reader.readSized() else { throw malformed("the signature", "the end") }
      self.bytes = signature
    case _: throw malformed("ECDSA or RSASSA", "algorithm 0x" + String(algorithm, radix: 16))
    }
    guard reader.isAtEnd else { throw malformed("nothing more", "\(reader.rest.count) bytes") }
  }
}
