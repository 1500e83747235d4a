public import Bytes
internal import CCrypto.Keys

/// A signature in PKCS #7 (RFC 2315) without what was signed, without certificates and without attributes: the form that
/// the kernel takes, which knows the signer by issuer and serial number.
public enum DetachedSignature {
  private static let algorithms: Set<KeyHandle.Algorithm> = [.rsa, .p256]

  /// Signs bytes as they are, with SHA-256.
  ///
  /// - Parameters:
  ///   - key: a private key in PEM without a passphrase, for RSA or ECDSA on P-256.
  ///   - certificate: its certificate in PEM.
  /// - Returns: the binary form (DER).
  public static func sign(_ message: [UInt8], key: [UInt8], certificate: [UInt8]) throws(SignatureError) -> ByteString {
    let certificates = try CertificateHandle.list(pem: certificate)
    defer { withExtendedLifetime(certificates) {} }
    let key = try privateKey(key)
    guard unsafe X509_check_private_key(certificates[0].value.pointer, key.key) == 1 else {
      throw .certificateOfAnotherKey
    }
    let signature = unsafe message.withUnsafeBytes { buffer -> UnsafeMutablePointer<PKCS7>? in
      guard let bio = unsafe BIO_new_mem_buf(buffer.baseAddress, Int32(clamping: buffer.count)) else { return nil }
      defer { unsafe BIO_free(bio) }
      let flags = PKCS7_DETACHED | PKCS7_BINARY | PKCS7_NOCERTS | PKCS7_NOATTR
      return unsafe PKCS7_sign(certificates[0].value.pointer, key.key, nil, bio, flags)
    }
    guard let signature = unsafe signature else { throw .library(call: "PKCS7_sign") }
    defer { unsafe PKCS7_free(signature) }
    var output: UnsafeMutablePointer<UInt8>?
    let count = unsafe i2d_PKCS7(signature, &output)
    guard count > 0, let bytes = unsafe output else { throw .library(call: "i2d_PKCS7") }
    defer { unsafe CRYPTO_free(bytes, nil, 0) }
    return ByteString(unsafe Array(UnsafeBufferPointer(start: bytes, count: Int(count))))
  }

  private static func privateKey(_ pem: [UInt8]) throws(SignatureError) -> KeyHandle {
    do {
      return try KeyHandle.privateKey(pem: pem, among: algorithms)
    } catch {
      guard case .algorithm(let found) = error else { throw error }
      throw .kernelAlgorithm(found: found)
    }
  }
}
