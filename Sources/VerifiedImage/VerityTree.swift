internal import Bytes
internal import Digest
internal import Linux
internal import Policy

/// The hash tree of dm-verity, format 1 (Documentation/admin-guide/device-mapper/verity.rst of Linux): each block of
/// 4096 bytes holds the digests of 128 blocks one level below; level 0 holds those of the data. The file has the top
/// level first, and no superblock.
public struct VerityTree: Sendable {
  private static let blockSize = Int(VerityGeometry.blockSize)
  private static let digestSize = 32

  /// Number of hash blocks in each level, from level 0; none where there is a single data block, whose digest is the
  /// root hash itself.
  public let levels: [UInt64]

  /// The tree over a number of data blocks.
  public init(dataBlocks: UInt64) { levels = VerityGeometry.treeLevels(dataBlocks: dataBlocks) }

  /// Reads an image and checks each block against the pinned root hash, the tree first.
  ///
  /// What the closure gets was read once and is what was checked; it has no second look at the file.
  /// - Parameters:
  ///   - path: for messages.
  ///   - decrypt: where the file is encrypted; it gets what was read.
  ///   - take: gets the data in order, in pieces of whole blocks.
  /// - Throws: `ImageError.corrupt` for the first bad block.
  static func verify(
    _ file: borrowing FileDescriptor, _ geometry: VerityGeometry, path: ByteString,
    decrypt: UnverifiedImageFile.Decryption? = nil, take: ([UInt8]) throws(ImageError) -> Void
  ) throws(ImageError) {
    var salted = Hash(.sha256)
    salted.update(geometry.salt.bytes)
    let leaves = try digests(file, geometry, salted, path, decrypt)
    let batch: UInt64 = 64
    var first: UInt64 = 0
    while first < geometry.dataBlocks {
      let count = Swift.min(batch, geometry.dataBlocks - first)
      let data = try read(file, block: first, count, decrypt)
      for index in 0..<Int(count) {
        let digest = Int(first) + index
        guard matches(data, block: index, leaves, digest: digest, salted) else {
          throw .corrupt(path: path, .data, block: UInt64(digest))
        }
      }
      try take(data)
      first += count
    }
  }

  /// The digests of the data blocks, checked from the root hash downwards.
  private static func digests(
    _ file: borrowing FileDescriptor, _ geometry: VerityGeometry, _ salted: Hash, _ path: ByteString,
    _ decrypt: UnverifiedImageFile.Decryption?
  ) throws(ImageError) -> [UInt8] {
    var parents = geometry.rootHash.bytes
    // Counted from the start of the tree, which begins with the top level.
    var start: UInt64 = 0
    for count in VerityTree(dataBlocks: geometry.dataBlocks).levels.reversed() {
      let level = try read(file, block: geometry.hashOffset / VerityGeometry.blockSize + start, count, decrypt)
      for index in 0..<Int(count) {
        guard matches(level, block: index, parents, digest: index, salted) else {
          throw .corrupt(path: path, .hashTree, block: start + UInt64(index))
        }
      }
      parents = level
      start += count
    }
    return parents
  }

  private static func matches(
    _ blocks: [UInt8], block: Int, _ digests: [UInt8], digest: Int, _ salted: Hash
  ) -> Bool {
    var hash = salted
    hash.update(blocks.span.extracting(block * blockSize..<(block + 1) * blockSize))
    return hash.finalize().bytes.elementsEqual(digests[digest * digestSize..<(digest + 1) * digestSize])
  }

  private static func read(
    _ file: borrowing FileDescriptor, block: UInt64, _ count: UInt64, _ decrypt: UnverifiedImageFile.Decryption?
  ) throws(ImageError) -> [UInt8] {
    var bytes = try system(
      try file.read(exactly: Int(count * VerityGeometry.blockSize), at: Int64(block * VerityGeometry.blockSize)))
    if let decrypt { try decrypt(&bytes, block) }
    return bytes
  }
}
