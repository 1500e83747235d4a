public import Bytes
internal import CCrypto

/// A digest in the making.
///
/// A copy continues on its own, so that a common start is hashed once.
public struct Hash: Sendable {
  private enum State {
    case sha1(SHA_CTX)
    case sha256(SHA256_CTX)
    case sha384(SHA512_CTX)
    case sha512(SHA512_CTX)
  }

  private var state: State

  /// The digest of nothing so far.
  public init(_ algorithm: HashAlgorithm) {
    switch algorithm {
    case .sha1:
      var context = SHA_CTX()
      check(unsafe SHA1_Init(&context))
      state = .sha1(context)
    case .sha256:
      var context = SHA256_CTX()
      check(unsafe SHA256_Init(&context))
      state = .sha256(context)
    case .sha384:
      var context = SHA512_CTX()
      check(unsafe SHA384_Init(&context))
      state = .sha384(context)
    case .sha512:
      var context = SHA512_CTX()
      check(unsafe SHA512_Init(&context))
      state = .sha512(context)
    }
  }

  /// Takes more bytes.
  public mutating func update(_ bytes: [UInt8]) { update(bytes.span) }

  /// Takes more bytes, which may be a part of something larger.
  public mutating func update(_ bytes: Span<UInt8>) {
    unsafe bytes.withUnsafeBytes { buffer in
      switch state {
      case .sha1(var context):
        check(unsafe SHA1_Update(&context, buffer.baseAddress, buffer.count))
        state = .sha1(context)
      case .sha256(var context):
        check(unsafe SHA256_Update(&context, buffer.baseAddress, buffer.count))
        state = .sha256(context)
      case .sha384(var context):
        check(unsafe SHA384_Update(&context, buffer.baseAddress, buffer.count))
        state = .sha384(context)
      case .sha512(var context):
        check(unsafe SHA512_Update(&context, buffer.baseAddress, buffer.count))
        state = .sha512(context)
      }
    }
  }

  /// The digest of all the bytes that were taken; its length is that of the algorithm.
  public consuming func finalize() -> ByteString {
    switch state {
    case .sha1(var context):
      var digest = [UInt8](repeating: 0, count: HashAlgorithm.sha1.size)
      check(unsafe SHA1_Final(&digest, &context))
      return ByteString(digest)
    case .sha256(var context):
      var digest = [UInt8](repeating: 0, count: HashAlgorithm.sha256.size)
      check(unsafe SHA256_Final(&digest, &context))
      return ByteString(digest)
    case .sha384(var context):
      var digest = [UInt8](repeating: 0, count: HashAlgorithm.sha384.size)
      check(unsafe SHA384_Final(&digest, &context))
      return ByteString(digest)
    case .sha512(var context):
      var digest = [UInt8](repeating: 0, count: HashAlgorithm.sha512.size)
      check(unsafe SHA512_Final(&digest, &context))
      return ByteString(digest)
    }
  }
}

/// The functions of sha.h answer 1; anything else means that the context is not one.
private func check(_ result: Int32) { precondition(result == 1, "libcrypto refused its own hash context") }
