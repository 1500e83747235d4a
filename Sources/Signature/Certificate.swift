public import Bytes
internal import CCrypto.Keys

/// A certificate of a TPM's key (X.509).
public struct Certificate: Equatable, Sendable {
  public let der: ByteString
  /// The key that it certifies.
  public let key: VerificationKey
  /// What the key is for, as numbers with dots; nil where the certificate does not say it (RFC 5280, section 4.2.1.12).
  public let extendedKeyUsage: [ByteString]?

  /// Reads the binary form; bytes that follow it, as in an area of a TPM that is larger, are left out.
  public init(der: ByteString) throws(SignatureError) {
    try self.init(try CertificateHandle(der: der))
  }

  /// Reads a PEM text.
  public init(pem: [UInt8]) throws(SignatureError) {
    try self.init(try CertificateHandle.list(pem: pem)[0].value)
  }

  private init(_ certificate: borrowing CertificateHandle) throws(SignatureError) {
    der = try certificate.der()
    key = try VerificationKey(der: try certificate.publicKey())
    extendedKeyUsage = try certificate.extendedKeyUsage()
  }

  /// Checks that one of the authorities has certified the key, now, directly or through others among them.
  ///
  /// - Parameter pem: the authorities' certificates in a row.
  public func verify(authorities pem: [UInt8]) throws(SignatureError) {
    let authorities = try CertificateHandle.list(pem: pem)
    let certificate = try CertificateHandle(der: der)
    guard let store = unsafe X509_STORE_new() else { throw .library(call: "X509_STORE_new") }
    defer { unsafe X509_STORE_free(store) }
    for authority in authorities {
      guard unsafe X509_STORE_add_cert(store, authority.value.pointer) == 1 else {
        throw .library(call: "X509_STORE_add_cert")
      }
    }
    guard let context = unsafe X509_STORE_CTX_new() else { throw .library(call: "X509_STORE_CTX_new") }
    defer { unsafe X509_STORE_CTX_free(context) }
    guard unsafe X509_STORE_CTX_init(context, store, certificate.pointer, nil) == 1 else {
      throw .library(call: "X509_STORE_CTX_init")
    }
    // Whoever is given as an authority is one, also without the root above it.
    unsafe X509_STORE_CTX_set_flags(context, UInt(X509_V_FLAG_PARTIAL_CHAIN))
    guard unsafe X509_verify_cert(context) == 1 else {
      let code = unsafe X509_STORE_CTX_get_error(context)
      let text = unsafe X509_verify_cert_error_string(Int(code)).map { unsafe String(cString: $0) }
      throw .certificate(text ?? "error \(code)")
    }
  }
}

/// A certificate in OpenSSL's memory.
@safe struct CertificateHandle: ~Copyable {
  let pointer: OpaquePointer

  private init(owning pointer: OpaquePointer) { unsafe self.pointer = unsafe pointer }

  deinit { unsafe X509_free(pointer) }

  init(der: ByteString) throws(SignatureError) {
    try KeyHandle.startLibrary()
    let pointer = unsafe der.bytes.withUnsafeBufferPointer { buffer -> OpaquePointer? in
      var next = buffer.baseAddress
      return unsafe d2i_X509(nil, &next, buffer.count)
    }
    guard let pointer = unsafe pointer else { throw .key(expected: "a certificate") }
    unsafe self.init(owning: pointer)
  }

  /// A reference, so that there can be a list of them.
  final class Shared {
    let value: CertificateHandle
    init(_ value: consuming CertificateHandle) { self.value = value }
  }

  /// All certificates of a PEM text; at least one.
  static func list(pem: [UInt8]) throws(SignatureError) -> [Shared] {
    try KeyHandle.startLibrary()
    let list = unsafe pem.withUnsafeBytes { buffer -> [Shared] in
      guard let bio = unsafe BIO_new_mem_buf(buffer.baseAddress, Int32(clamping: buffer.count)) else { return [] }
      defer { unsafe BIO_free(bio) }
      var list: [Shared] = []
      while let pointer = unsafe PEM_read_bio_X509(bio, nil, { _, _, _, _ in -1 }, nil) {
        list.append(Shared(unsafe CertificateHandle(owning: pointer)))
      }
      return list
    }
    guard !list.isEmpty else { throw .key(expected: "certificates in PEM") }
    return list
  }

  func der() throws(SignatureError) -> ByteString {
    var output: UnsafeMutablePointer<UInt8>?
    let count = unsafe i2d_X509(pointer, &output)
    guard count > 0, let bytes = unsafe output else { throw .library(call: "i2d_X509") }
    defer { unsafe CRYPTO_free(bytes, nil, 0) }
    return ByteString(unsafe Array(UnsafeBufferPointer(start: bytes, count: Int(count))))
  }

  func extendedKeyUsage() throws(SignatureError) -> [ByteString]? {
    var place: Int32 = 0
    guard let list = unsafe X509_get_ext_d2i(pointer, NID_ext_key_usage, &place, nil) else {
      // -1: there is none. Otherwise there are two, or one that is none.
      guard place == -1 else { throw .key(expected: "a certificate with one extended key usage") }
      return nil
    }
    let stack = OpaquePointer(list)
    defer { unsafe OPENSSL_sk_pop_free(stack) { unsafe ASN1_OBJECT_free($0.map { OpaquePointer($0) }) } }
    return try unsafe (0..<OPENSSL_sk_num(stack)).map { index throws(SignatureError) in
      var text = [CChar](repeating: 0, count: 128)
      let object = unsafe OPENSSL_sk_value(stack, index).map { OpaquePointer($0) }
      let count = unsafe OBJ_obj2txt(&text, Int32(text.count), object, 1)
      guard count > 0, count < text.count else { throw .library(call: "OBJ_obj2txt") }
      return ByteString(text.prefix(Int(count)).map { UInt8(bitPattern: $0) })
    }
  }

  func publicKey() throws(SignatureError) -> ByteString {
    var output: UnsafeMutablePointer<UInt8>?
    let count = unsafe i2d_X509_PUBKEY(X509_get_X509_PUBKEY(pointer), &output)
    guard count > 0, let bytes = unsafe output else { throw .library(call: "i2d_X509_PUBKEY") }
    defer { unsafe CRYPTO_free(bytes, nil, 0) }
    return ByteString(unsafe Array(UnsafeBufferPointer(start: bytes, count: Int(count))))
  }
}
