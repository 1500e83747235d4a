public import Bytes

/// A key that verifies: ECDSA on P-256 with SHA-256, or Ed25519.
public struct PublicKey: Equatable, Sendable {
  /// The one binary form, so that equal keys are equal however they were written.
  private let der: ByteString

  /// Reads a PEM text.
  public init(pem: [UInt8]) throws(SignatureError) { der = try KeyHandle.publicKey(pem: pem).publicDER() }

  init(der: ByteString) { self.der = der }

  /// The PEM text: of the key alone, whatever else stood in the one that was read.
  public var pem: String { PEM.publicKey(der) }

  /// Whether a signature is that of the key's owner over the message.
  public func verifies(_ signature: ByteString, of message: [UInt8]) throws(SignatureError) -> Bool {
    try KeyHandle.publicKey(der: der).verifies(signature, of: message)
  }
}

/// A key that signs, and gives nothing of itself but signatures.
public struct PrivateKey: ~Copyable {
  private let handle: KeyHandle

  /// Reads a PEM text without a passphrase.
  public init(pem: [UInt8]) throws(SignatureError) { handle = try KeyHandle.privateKey(pem: pem) }

  /// The key that verifies what this one signs.
  public borrowing func publicKey() throws(SignatureError) -> PublicKey { PublicKey(der: try handle.publicDER()) }

  /// Signs a message.
  public borrowing func sign(_ message: [UInt8]) throws(SignatureError) -> ByteString { try handle.sign(message) }
}
