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
  /// Nil where no block is ever repaired. The codes lie right behind the tree, and are for all of data and tree.
  public private(set) var fec: ForwardErrorCorrection?

  /// Pins a geometry; nil where a value is out of its range, and where the codes lie in another place.
  public init?(
    rootHash: ByteString, salt: ByteString, dataBlocks: UInt64, hashOffset: UInt64, fec: ForwardErrorCorrection? = nil
  ) {
    guard rootHash.count == 32, salt.count <= 256, (1...(1 << 40)).contains(dataBlocks),
      hashOffset.isMultiple(of: Self.blockSize), hashOffset >= dataBlocks * Self.blockSize, hashOffset <= 1 << 53
    else { return nil }
    (self.rootHash, self.salt, self.dataBlocks, self.hashOffset) = (rootHash, salt, dataBlocks, hashOffset)
    self.fec = fec
    if let fec, fec.start != treeEnd || fec.blocks != dataBlocks + treeBlocks { return nil }
  }

  /// What the values of a geometry must be, for messages.
  public static let expectation =
    "expected a root hash of 32 bytes, a salt of at most 256, a tree behind the data, and codes, if any, right behind it"

  /// The same image with error correction codes of so many roots; nil where that number is not admitted.
  public func corrected(roots: UInt64) -> VerityGeometry? {
    guard let fec = ForwardErrorCorrection(roots: roots, start: treeEnd, blocks: dataBlocks + treeBlocks) else {
      return nil
    }
    return VerityGeometry(rootHash: rootHash, salt: salt, dataBlocks: dataBlocks, hashOffset: hashOffset, fec: fec)
  }

  /// The same image without codes.
  public var uncorrected: VerityGeometry {
    var geometry = self
    geometry.fec = nil
    return geometry
  }

  /// Number of hash blocks in each level over a number of data blocks, from level 0, which holds the digests of the
  /// data; none where there is a single data block, whose digest is the root hash itself.
  public static func treeLevels(dataBlocks: UInt64) -> [UInt64] {
    let digestsPerBlock = blockSize / 32
    var levels: [UInt64] = []
    var blocks = dataBlocks
    while blocks > 1 {
      blocks = (blocks + digestsPerBlock - 1) / digestsPerBlock
      levels.append(blocks)
    }
    return levels
  }

  /// Hash blocks in all.
  public var treeBlocks: UInt64 { Self.treeLevels(dataBlocks: dataBlocks).reduce(0, +) }

  /// The number of the first block behind the tree.
  private var treeEnd: UInt64 { hashOffset / Self.blockSize + treeBlocks }

  /// How long an image file of this geometry is, in bytes: data, perhaps a gap, the tree, and the codes if it has them.
  public var fileSize: UInt64 { (treeEnd + (fec?.codeBlocks ?? 0)) * Self.blockSize }
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
