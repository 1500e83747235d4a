internal import Bytes
internal import CCrypto.Keys

/// A key in OpenSSL's memory, of one of the algorithms that are used.
@safe struct KeyHandle: ~Copyable {
  enum Algorithm {
    case p256, ed25519, rsa

    /// For messages.
    var text: String {
      switch self {
      case .p256: "one for P-256"
      case .ed25519: "one for ED25519"
      case .rsa: "one for RSA"
      }
    }
  }

  /// Those of signers. RSA is what TPMs and those who certify them have.
  static let signers: Set<Algorithm> = [.p256, .ed25519]

  let key: OpaquePointer
  let algorithm: Algorithm

  /// Takes over a key.
  init(owning key: OpaquePointer, among algorithms: Set<Algorithm>) throws(SignatureError) {
    let found: Algorithm
    do throws(SignatureError) {
      found = try unsafe Self.algorithm(of: key)
      guard algorithms.contains(found) else { throw SignatureError.algorithm(found: found.text) }
    } catch {
      unsafe EVP_PKEY_free(key)
      throw error
    }
    unsafe self.key = unsafe key
    algorithm = found
  }

  private static func algorithm(of key: OpaquePointer) throws(SignatureError) -> Algorithm {
    switch unsafe EVP_PKEY_get_base_id(key) {
    case EVP_PKEY_ED25519: return .ed25519
    case EVP_PKEY_RSA:
      let bits = unsafe EVP_PKEY_get_bits(key)
      guard (2048...4096).contains(bits) else { throw .algorithm(found: "one for RSA with \(bits) bits") }
      return .rsa
    case EVP_PKEY_EC:
      var name = [CChar](repeating: 0, count: 64)
      var count = 0
      guard unsafe EVP_PKEY_get_group_name(key, &name, name.count, &count) == 1 else {
        throw .library(call: "EVP_PKEY_get_group_name")
      }
      let curve = ByteString(name.prefix(count).map { UInt8(bitPattern: $0) })
      guard curve == "prime256v1" else { throw .algorithm(found: "one on \(curve)") }
      return .p256
    case _:
      let name = unsafe EVP_PKEY_get0_type_name(key).map { unsafe String(cString: $0) }
      throw .algorithm(found: "one for \(name ?? "another")")
    }
  }

  deinit { unsafe EVP_PKEY_free(key) }

  /// Reads a private key without a passphrase.
  static func privateKey(pem: [UInt8], among algorithms: Set<Algorithm> = signers) throws(SignatureError) -> KeyHandle {
    try unsafe read(pem, "a private key in PEM without a passphrase", among: algorithms) { bio in
      // Never asks: a prompt would be answered by whoever sits at the terminal.
      unsafe PEM_read_bio_PrivateKey(bio, nil, { _, _, _, _ in -1 }, nil)
    }
  }

  static func publicKey(pem: [UInt8], among algorithms: Set<Algorithm> = signers) throws(SignatureError) -> KeyHandle {
    try unsafe read(pem, "a public key in PEM", among: algorithms) { bio in
      unsafe PEM_read_bio_PUBKEY(bio, nil, { _, _, _, _ in -1 }, nil)
    }
  }

  static func publicKey(
    der: ByteString, among algorithms: Set<Algorithm> = signers
  ) throws(SignatureError) -> KeyHandle {
    try unsafe read(der.bytes, "a public key", among: algorithms) { unsafe d2i_PUBKEY_bio($0, nil) }
  }

  private static func read(
    _ bytes: [UInt8], _ expected: String, among algorithms: Set<Algorithm> = signers,
    _ read: (OpaquePointer) -> OpaquePointer?
  ) throws(SignatureError) -> KeyHandle {
    try startLibrary()
    let key = unsafe bytes.withUnsafeBytes { buffer -> OpaquePointer? in
      guard let bio = unsafe BIO_new_mem_buf(buffer.baseAddress, Int32(clamping: buffer.count)) else { return nil }
      defer { unsafe BIO_free(bio) }
      return unsafe read(bio)
    }
    guard let key = unsafe key else { throw .key(expected: expected) }
    return try unsafe KeyHandle(owning: key, among: algorithms)
  }

  /// No configuration file decides which code handles keys.
  static func startLibrary() throws(SignatureError) {
    guard OPENSSL_init_crypto(UInt64(OPENSSL_INIT_NO_LOAD_CONFIG), nil) == 1 else {
      throw .library(call: "OPENSSL_init_crypto")
    }
  }

  /// The public half in its one binary form (SubjectPublicKeyInfo, RFC 5280).
  func publicDER() throws(SignatureError) -> ByteString {
    let count = unsafe i2d_PUBKEY(key, nil)
    guard count > 0 else { throw .library(call: "i2d_PUBKEY") }
    var bytes = [UInt8](repeating: 0, count: Int(count))
    let written = unsafe bytes.withUnsafeMutableBufferPointer { buffer -> Int32 in
      var next = buffer.baseAddress
      return unsafe i2d_PUBKEY(key, &next)
    }
    guard written == count else { throw .library(call: "i2d_PUBKEY") }
    return ByteString(bytes)
  }

  func sign(_ message: [UInt8]) throws(SignatureError) -> ByteString {
    let context = try Context()
    guard unsafe EVP_DigestSignInit(context.pointer, nil, digest, nil, key) == 1 else {
      throw .library(call: "EVP_DigestSignInit")
    }
    var count = 0
    guard unsafe EVP_DigestSign(context.pointer, nil, &count, message, message.count) == 1 else {
      throw .library(call: "EVP_DigestSign")
    }
    var signature = [UInt8](repeating: 0, count: count)
    guard unsafe EVP_DigestSign(context.pointer, &signature, &count, message, message.count) == 1 else {
      throw .library(call: "EVP_DigestSign")
    }
    return ByteString(signature.prefix(count))
  }

  func verifies(_ signature: ByteString, of message: [UInt8]) throws(SignatureError) -> Bool {
    try unsafe verifies(signature, of: message, digest)
  }

  /// With a hash function that the signature states; RSA with the padding of PKCS #1 1.5.
  func verifies(
    _ signature: ByteString, of message: [UInt8], _ digest: OpaquePointer?
  ) throws(SignatureError) -> Bool {
    let context = try Context()
    guard unsafe EVP_DigestVerifyInit(context.pointer, nil, digest, nil, key) == 1 else {
      throw .library(call: "EVP_DigestVerifyInit")
    }
    // 1 alone is a good signature: 0 and below are a bad one, or one that is none.
    return unsafe EVP_DigestVerify(context.pointer, signature.bytes, signature.count, message, message.count) == 1
  }

  /// Ed25519 takes the message as it is.
  private var digest: OpaquePointer? {
    switch algorithm {
    case .p256, .rsa: unsafe EVP_sha256()
    case .ed25519: nil
    }
  }

  /// One signature in the making.
  @safe private struct Context: ~Copyable {
    let pointer: OpaquePointer

    init() throws(SignatureError) {
      guard let pointer = unsafe EVP_MD_CTX_new() else { throw .library(call: "EVP_MD_CTX_new") }
      unsafe self.pointer = unsafe pointer
    }

    deinit { unsafe EVP_MD_CTX_free(pointer) }
  }
}
