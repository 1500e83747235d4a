public import Bytes
internal import CCrypto.Keys

/// A key of a TPM, or of who certifies it: ECDSA on P-256, or RSA with 2048 to 4096 bits.
public struct VerificationKey: Equatable, Sendable {
  /// The one binary form (SubjectPublicKeyInfo, RFC 5280).
  public let der: ByteString

  /// The hash function of a signature.
  public enum Digest: Sendable { case sha256, sha384, sha512 }

  static let algorithms: Set<KeyHandle.Algorithm> = [.p256, .rsa]

  /// Reads a PEM text.
  public init(pem: [UInt8]) throws(SignatureError) {
    der = try KeyHandle.publicKey(pem: pem, among: Self.algorithms).publicDER()
  }

  /// Reads the binary form.
  public init(der: ByteString) throws(SignatureError) {
    self.der = try KeyHandle.publicKey(der: der, among: Self.algorithms).publicDER()
  }

  /// The PEM text.
  public var pem: String { PEM.publicKey(der) }

  /// Whether a signature, of ECDSA as DER or of RSA with PKCS #1 1.5, is that of the key's owner over the message.
  public func verifies(
    _ signature: ByteString, of message: [UInt8], digest: Digest
  ) throws(SignatureError) -> Bool {
    let handle = try handle()
    return switch digest {
    case .sha256: try unsafe handle.verifies(signature, of: message, EVP_sha256())
    case .sha384: try unsafe handle.verifies(signature, of: message, EVP_sha384())
    case .sha512: try unsafe handle.verifies(signature, of: message, EVP_sha512())
    }
  }

  func handle() throws(SignatureError) -> KeyHandle {
    try KeyHandle.publicKey(der: der, among: Self.algorithms)
  }
}
