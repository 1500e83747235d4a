public import Bytes

/// Everything that identifies a dm-verity device.
///
/// A root hash alone does not: with only the superblock edited, four different devices verify under one root hash.
/// So the policy pins the whole geometry, and nothing is read from a superblock on storage that the host controls.
/// The hash tree is of format 1 (salt before data) over SHA-256 with blocks of 4096 bytes; no other is admitted.
public struct VerityGeometry: Hashable, Sendable {
  /// Bytes in a data block and in a hash block.
  public static let blockSize: UInt64 = 4096

  /// SHA-256 of the top hash block, 32 bytes.
  public let rootHash: ByteString
  /// Hashed before each block; 0 to 256 bytes.
  public let salt: ByteString
  /// Number of data blocks.
  public let dataBlocks: UInt64
  /// Where the hash tree starts, in bytes from the start of the file; a multiple of the block size.
  public let hashOffset: UInt64

  /// Pins a geometry; nil where a value is out of its range.
  public init?(rootHash: ByteString, salt: ByteString, dataBlocks: UInt64, hashOffset: UInt64) {
    guard rootHash.count == 32, salt.count <= 256, (1...(1 << 40)).contains(dataBlocks),
      hashOffset.isMultiple(of: Self.blockSize), hashOffset >= dataBlocks * Self.blockSize, hashOffset <= 1 << 53
    else { return nil }
    (self.rootHash, self.salt, self.dataBlocks, self.hashOffset) = (rootHash, salt, dataBlocks, hashOffset)
  }
}

/// How the blocks of an image are checked while it is in use.
public enum Integrity: Hashable, Sendable, CaseIterable {
  /// The kernel checks each block when it is read.
  case dmVerity
  /// The image is read once, checked block by block, and kept in a sealed memory file: no device-mapper is needed,
  /// and the host's disk sees no access pattern.
  case memory
}

/// An EROFS file system that a policy names.
public struct Image: Hashable, Sendable {
  /// The name in the policy.
  public let name: ByteString
  public let geometry: VerityGeometry
  public let integrity: Integrity
  /// Nil where the file is not encrypted. The geometry is that of what it decrypts to.
  public let encryption: ImageEncryption?
  /// The OCI reference that a control plane may call it by; empty where none is admitted.
  public let references: [ByteString]

  /// Names an image.
  public init(
    name: ByteString, geometry: VerityGeometry, integrity: Integrity, encryption: ImageEncryption? = nil,
    references: [ByteString] = []
  ) {
    (self.name, self.geometry, self.integrity) = (name, geometry, integrity)
    (self.encryption, self.references) = (encryption, references)
  }
}
