public import Bytes
internal import CCrypto.Keys

extension VerificationKey {
  /// A secret that is shared with the owner of a key on P-256.
  public struct Agreement: Sendable {
    /// The x coordinate of the shared point.
    public let shared: ByteString
    /// The point that the owner needs: 32 bytes each.
    public let x: ByteString
    public let y: ByteString
  }

  /// Agrees on a secret with the owner of this key on P-256, by a key that is made for it and forgotten (ECDH).
  public func agree() throws(SignatureError) -> Agreement {
    let peer = try handle()
    guard peer.algorithm == .p256 else { throw .algorithm(found: "one for RSA") }
    let own = try KeyHandle.makeP256()
    let context = try unsafe KeyContext(EVP_PKEY_CTX_new(own.key, nil))
    guard unsafe EVP_PKEY_derive_init(context.pointer) == 1,
      unsafe EVP_PKEY_derive_set_peer(context.pointer, peer.key) == 1
    else { throw .library(call: "EVP_PKEY_derive_set_peer") }
    var shared = [UInt8](repeating: 0, count: 32)
    var count = shared.count
    guard unsafe EVP_PKEY_derive(context.pointer, &shared, &count) == 1, count == 32 else {
      throw .library(call: "EVP_PKEY_derive")
    }
    // The binary form of a key on P-256 ends with its two coordinates.
    let point = try own.publicDER().bytes.suffix(64)
    return Agreement(shared: ByteString(shared), x: ByteString(point.prefix(32)), y: ByteString(point.suffix(32)))
  }

  /// Encrypts for the owner of this RSA key (OAEP with SHA-256 and a label).
  public func encrypt(_ message: [UInt8], label: [UInt8]) throws(SignatureError) -> ByteString {
    let key = try handle()
    guard key.algorithm == .rsa else { throw .algorithm(found: "one for P-256") }
    let context = try unsafe KeyContext(EVP_PKEY_CTX_new(key.key, nil))
    guard unsafe EVP_PKEY_encrypt_init(context.pointer) == 1,
      unsafe EVP_PKEY_CTX_set_rsa_padding(context.pointer, RSA_PKCS1_OAEP_PADDING) == 1,
      unsafe EVP_PKEY_CTX_set_rsa_oaep_md(context.pointer, EVP_sha256()) == 1
    else { throw .library(call: "EVP_PKEY_encrypt_init") }
    // The context takes the label over, and frees it.
    guard let copy = unsafe CRYPTO_memdup(label, label.count, nil, 0) else { throw .library(call: "CRYPTO_memdup") }
    guard unsafe EVP_PKEY_CTX_set0_rsa_oaep_label(context.pointer, copy, Int32(label.count)) == 1 else {
      unsafe CRYPTO_free(copy, nil, 0)
      throw .library(call: "EVP_PKEY_CTX_set0_rsa_oaep_label")
    }
    var encrypted = [UInt8](repeating: 0, count: 512)
    var count = encrypted.count
    guard unsafe EVP_PKEY_encrypt(context.pointer, &encrypted, &count, message, message.count) == 1 else {
      throw .library(call: "EVP_PKEY_encrypt")
    }
    return ByteString(encrypted.prefix(count))
  }
}

extension KeyHandle {
  /// A new key on P-256.
  fileprivate static func makeP256() throws(SignatureError) -> KeyHandle {
    try startLibrary()
    let context = try unsafe KeyContext(EVP_PKEY_CTX_new_from_name(nil, "EC", nil))
    var key: OpaquePointer?
    guard unsafe EVP_PKEY_keygen_init(context.pointer) == 1,
      unsafe EVP_PKEY_CTX_set_group_name(context.pointer, "prime256v1") == 1,
      unsafe EVP_PKEY_generate(context.pointer, &key) == 1, let key = unsafe key
    else { throw .library(call: "EVP_PKEY_generate") }
    return try unsafe KeyHandle(owning: key, among: [.p256])
  }
}

/// A computation with a key.
@safe private struct KeyContext: ~Copyable {
  let pointer: OpaquePointer

  init(_ pointer: OpaquePointer?) throws(SignatureError) {
    guard let pointer = unsafe pointer else { throw .library(call: "EVP_PKEY_CTX_new") }
    unsafe self.pointer = unsafe pointer
  }

  deinit { unsafe EVP_PKEY_CTX_free(pointer) }
}

/// AES with 128 bits in cipher feedback mode, from an initial value of zeros: how TPMs wrap credentials.
public enum AESCipherFeedback {
  /// Encrypts a message with a key of 16 bytes that is used once.
  public static func encrypt(_ message: [UInt8], key: ByteString) throws(SignatureError) -> ByteString {
    precondition(key.count == 16, "a key of 128 bits")
    try KeyHandle.startLibrary()
    guard let context = unsafe EVP_CIPHER_CTX_new() else { throw .library(call: "EVP_CIPHER_CTX_new") }
    defer { unsafe EVP_CIPHER_CTX_free(context) }
    let zeros = [UInt8](repeating: 0, count: 16)
    var encrypted = [UInt8](repeating: 0, count: message.count + 16)
    var count: Int32 = 0
    guard unsafe EVP_EncryptInit_ex(context, EVP_aes_128_cfb128(), nil, key.bytes, zeros) == 1,
      unsafe EVP_EncryptUpdate(context, &encrypted, &count, message, Int32(message.count)) == 1,
      Int(count) == message.count
    else { throw .library(call: "EVP_EncryptUpdate") }
    return ByteString(encrypted.prefix(message.count))
  }
}
