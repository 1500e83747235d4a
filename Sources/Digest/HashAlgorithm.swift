public import Bytes

/// A hash function of the SHA family (FIPS 180-4).
public enum HashAlgorithm: String, CaseIterable, Hashable, Sendable {
  /// Only for the sha1 bank of a TPM: nothing is decided by it.
  case sha1
  case sha256
  case sha384
  case sha512

  /// The length of a digest in bytes.
  public var size: Int {
    switch self {
    case .sha1: 20
    case .sha256: 32
    case .sha384: 48
    case .sha512: 64
    }
  }

  /// The digest of bytes that are all in memory.
  public func digest(of bytes: [UInt8]) -> ByteString {
    var hash = Hash(self)
    hash.update(bytes)
    return hash.finalize()
  }
}
