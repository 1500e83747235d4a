public import Bytes
internal import Digest

/// What a verifier wants to see in a quote, so that the quote is one that was made for it, now.
public struct Challenge: Equatable, Sendable {
  /// The verifier's random bytes.
  public let bytes: [UInt8]
  /// What the node says beside it and binds to the quote: for example the key for which a secret shall be encrypted.
  public let extra: [UInt8]

  /// How many bytes a challenge has.
  public static let sizes = 16...64
  /// The greatest extra that is taken, in bytes.
  public static let extraLimit = 1 << 16

  /// Takes the bytes of a challenge.
  public init(_ bytes: [UInt8], extra: [UInt8] = []) throws(EvidenceError) {
    guard Self.sizes.contains(bytes.count) else {
      throw .malformed(structure: "challenge", expected: "16 to 64 bytes", actual: "\(bytes.count)")
    }
    guard extra.count <= Self.extraLimit else {
      throw .malformed(structure: "extra", expected: "at most \(Self.extraLimit) bytes", actual: "\(extra.count)")
    }
    (self.bytes, self.extra) = (bytes, extra)
  }

  /// The `extraData` of the quote: SHA256(label || SHA256(challenge || SHA256(extra))).
  ///
  /// The label keeps it apart from whatever else the key is asked to quote for: no other protocol's nonce is one of
  /// these, and the other way round.
  public var nonce: ByteString {
    let inner = HashAlgorithm.sha256.digest(of: bytes + HashAlgorithm.sha256.digest(of: extra).bytes)
    return HashAlgorithm.sha256.digest(of: Self.label.bytes + inner.bytes)
  }

  /// The first bytes of what is hashed.
  public static let label: ByteString = "ward/v1 Evidence"
}
