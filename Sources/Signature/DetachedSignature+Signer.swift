public import Bytes
internal import CCrypto.Keys

extension DetachedSignature {
  /// Whose signature it says it is. Only `verify` shows that it is theirs.
  public struct Signer: Equatable, Sendable {
    /// Who has issued the signer's certificate, as RFC 2253 writes names.
    public let issuer: ByteString
    /// The number that the certificate has there, in hexadecimal.
    public let serial: ByteString
  }

  /// Reads a signature in the form that `sign` makes, of one signer.
  public static func signer(of signature: ByteString) throws(SignatureError) -> Signer {
    try Message(signature).signer()
  }

  /// Checks that it is the signature of these bytes by a certificate's key; whether the certificate is still good is not
  /// asked.
  public static func verify(
    _ signature: ByteString, of message: [UInt8], certificate: [UInt8]
  ) throws(SignatureError) {
    let certificates = try CertificateHandle.list(pem: certificate)
    let signed = try Message(signature)
    _ = try signed.signer()
    guard let signers = unsafe OPENSSL_sk_new_null() else { throw .library(call: "OPENSSL_sk_new_null") }
    defer { unsafe OPENSSL_sk_free(signers) }
    guard unsafe OPENSSL_sk_push(signers, UnsafeRawPointer(certificates[0].value.pointer)) == 1 else {
      throw .library(call: "OPENSSL_sk_push")
    }
    // The list does not own the certificate in it.
    defer { withExtendedLifetime(certificates) {} }
    let isRight = unsafe message.withUnsafeBytes { buffer -> Bool in
      guard let bio = unsafe BIO_new_mem_buf(buffer.baseAddress, Int32(clamping: buffer.count)) else { return false }
      defer { unsafe BIO_free(bio) }
      let flags = PKCS7_NOVERIFY | PKCS7_NOINTERN | PKCS7_NOCHAIN | PKCS7_BINARY
      return unsafe PKCS7_verify(signed.pointer, signers, nil, bio, nil, flags) == 1
    }
    guard isRight else { throw .notByCertificate }
  }

  /// What a function of OpenSSL prints.
  private static func text(_ print: (OpaquePointer) -> Int32) -> ByteString? {
    guard let bio = unsafe BIO_new(BIO_s_mem()) else { return nil }
    defer { unsafe BIO_free(bio) }
    guard unsafe print(bio) >= 0 else { return nil }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = unsafe BIO_read(bio, &bytes, Int32(bytes.count))
    return count > 0 ? ByteString(bytes.prefix(Int(count))) : nil
  }

  /// A message in OpenSSL's memory.
  @safe private struct Message: ~Copyable {
    let pointer: UnsafeMutablePointer<PKCS7>

    init(_ der: ByteString) throws(SignatureError) {
      try KeyHandle.startLibrary()
      let pointer = unsafe der.bytes.withUnsafeBufferPointer { buffer -> UnsafeMutablePointer<PKCS7>? in
        var next = buffer.baseAddress
        return unsafe d2i_PKCS7(nil, &next, buffer.count)
      }
      guard let pointer = unsafe pointer else { throw .notDetached }
      // As long as what was read: nothing follows it.
      guard unsafe i2d_PKCS7(pointer, nil) == der.count, unsafe OBJ_obj2nid(pointer.pointee.type) == NID_pkcs7_signed,
        unsafe PKCS7_ctrl(pointer, PKCS7_OP_GET_DETACHED_SIGNATURE, 0, nil) == 1
      else {
        unsafe PKCS7_free(pointer)
        throw .notDetached
      }
      unsafe self.pointer = unsafe pointer
    }

    deinit { unsafe PKCS7_free(pointer) }

    /// Of the only signer.
    func signer() throws(SignatureError) -> Signer {
      guard let signers = unsafe PKCS7_get_signer_info(pointer), unsafe OPENSSL_sk_num(signers) == 1,
        let info = unsafe OPENSSL_sk_value(signers, 0)?.assumingMemoryBound(to: PKCS7_SIGNER_INFO.self),
        let signer = unsafe info.pointee.issuer_and_serial
      else { throw .notDetached }
      let issuer = unsafe text { unsafe X509_NAME_print_ex($0, signer.pointee.issuer, 0, ccrypto_name_rfc2253) }
      let serial = unsafe text { unsafe i2a_ASN1_INTEGER($0, signer.pointee.serial) }
      guard let issuer, let serial else { throw .library(call: "X509_NAME_print_ex") }
      return Signer(issuer: issuer, serial: serial)
    }
  }
}
