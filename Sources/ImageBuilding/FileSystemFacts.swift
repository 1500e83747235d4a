public import Bytes
internal import Policy
public import VerifiedImage

/// What the superblock of an EROFS file system says of how it was made.
public struct FileSystemFacts: Equatable, Sendable {
  /// How many blocks it has.
  public let blocks: UInt64
  /// The first block of the inodes.
  let metadata: UInt64
  /// How many files, directories and links.
  public let inodes: UInt64
  /// Bytes in a block.
  public let blockSize: UInt64
  /// When it was made, in seconds since 1970; 0 where it does not say.
  public let time: UInt64
  /// 16 bytes.
  public let uuid: ByteString

  /// Reads the first block of a file system; nil where that is none of EROFS.
  public init?(firstBlock: [UInt8]) {
    guard firstBlock.count >= Erofs.block else { return nil }
    func number(_ offset: Int, _ count: Int) -> UInt64 {
      firstBlock[1024 + offset..<1024 + offset + count].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    guard number(0, 4) == Erofs.magic, number(12, 1) < 32 else { return nil }
    (blockSize, inodes, time) = (1 << number(12, 1), number(16, 8), number(24, 8))
    (blocks, metadata) = (number(36, 4), number(40, 4))
    uuid = ByteString(firstBlock[1024 + 48..<1024 + 64])
  }

  /// Whether the salt of an image is the one that follows from its files; each block that is read for it is checked.
  ///
  /// - Parameter image: with this file system.
  public func isSaltDerived(_ image: borrowing UnverifiedImageFile) throws(ImageError) -> Bool {
    guard metadata < blocks, blocks == image.geometry.dataBlocks else { return false }
    var known = try image.read(block: 0)
    for block in metadata..<blocks { known += try image.read(block: block) }
    return ImageBuilder.Salt.derived.bytes(for: known) == image.geometry.salt
  }
}
