internal import Bytes
internal import Digest
internal import Linux
internal import Policy
internal import VerifiedImage

/// Makes the hash tree of dm-verity behind the data, on all processors, in constant memory: each piece of a level is
/// read, hashed and written by itself, and the next level is made from the file.
struct HashTree {
  /// Gives so many blocks from a number on.
  typealias Blocks = @Sendable (_ first: UInt64, _ count: UInt64) throws(ImageBuildError) -> [UInt8]

  /// Blocks that one processor takes at a time; their digests fill whole hash blocks.
  private static let piece: UInt64 = 1024
  /// Blocks of a piece that are read at once: few enough to be in the processor's cache still when they are hashed.
  private static let batch: UInt64 = 64
  private static let digestsPerBlock = VerityGeometry.blockSize / 32

  private let file: SharedFile
  private let salted: Hash

  /// Appends the tree to a file of `dataBlocks` blocks.
  ///
  /// - Parameters:
  ///   - data: gives the blocks of data, each of them once; called from several threads. Where it is left out they are
  ///     read from the file.
  ///   - progress: called from several threads, with the bytes of data that were hashed since.
  /// - Returns: the root hash.
  static func append(
    to file: SharedFile, dataBlocks: UInt64, salt: ByteString, data: Blocks? = nil,
    progress: @escaping @Sendable (UInt64) -> Void
  ) throws(ImageBuildError) -> ByteString {
    var salted = Hash(.sha256)
    salted.update(salt.bytes)
    let tree = HashTree(file: file, salted: salted)
    var (blocks, count) = (data ?? tree.stored(from: 0), dataBlocks)
    let levels = VerityTree(dataBlocks: dataBlocks).levels
    for (index, size) in levels.enumerated() {
      // The top level comes first.
      let start = dataBlocks + levels[(index + 1)...].reduce(0, +)
      try tree.hash(blocks, count, to: start) { if index == 0 { progress($0) } }
      (blocks, count) = (tree.stored(from: start), size)
    }
    return ByteString(tree.digests(try blocks(0, 1)))
  }

  /// Blocks that the file has from one on.
  private func stored(from start: UInt64) -> Blocks {
    { [file] (first, count) throws(ImageBuildError) in
      try system { () throws(SystemError) in
        try file.descriptor.read(exactly: Int(count) * Erofs.block, at: Int64((start + first) * Erofs.blockSize))
      }
    }
  }

  /// Hashes `count` blocks, and writes their digests from block `start` on.
  private func hash(
    _ blocks: Blocks, _ count: UInt64, to start: UInt64, progress: @escaping @Sendable (UInt64) -> Void
  ) throws(ImageBuildError) {
    try inParallel(Int((count + Self.piece - 1) / Self.piece)) { (index) throws(ImageBuildError) in
      let first = UInt64(index) * Self.piece
      let end = min(first + Self.piece, count)
      var digests: [UInt8] = []
      for block in stride(from: first, to: end, by: UInt64.Stride(Self.batch)) {
        let size = min(Self.batch, end - block)
        digests += self.digests(try blocks(block, size))
        progress(size * Erofs.blockSize)
      }
      digests += repeatElement(0, count: -digests.count & (Erofs.block - 1))
      let place = Int64((start + first / Self.digestsPerBlock) * Erofs.blockSize)
      try system { () throws(SystemError) in try file.descriptor.writeAll(digests, at: place) }
    }
  }

  private func digests(_ blocks: [UInt8]) -> [UInt8] {
    var digests: [UInt8] = []
    digests.reserveCapacity(blocks.count / Erofs.block * 32)
    let span = blocks.span
    for start in stride(from: 0, to: blocks.count, by: Erofs.block) {
      var hash = salted
      hash.update(span.extracting(start..<start + Erofs.block))
      digests += hash.finalize().bytes
    }
    return digests
  }
}
