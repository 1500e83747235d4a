internal import Bytes
internal import Digest
internal import Dispatch
internal import Linux
internal import Policy
internal import Synchronization
internal import VerifiedImage

/// Makes the hash tree of dm-verity behind the data, on all processors, in constant memory: each piece of a level is
/// read, hashed and written by itself, and the next level is made from the file.
struct HashTree {
  /// Blocks that one processor takes at a time; their digests fill whole hash blocks.
  private static let piece: UInt64 = 1024
  private static let digestsPerBlock = VerityGeometry.blockSize / 32

  private let file: SharedFile
  private let salted: Hash
  private let progress: @Sendable (UInt64) -> Void

  /// Appends the tree to a file of `dataBlocks` blocks.
  ///
  /// - Parameter progress: called from several threads, with the bytes of data that were hashed since.
  /// - Returns: the root hash.
  static func append(
    to file: SharedFile, dataBlocks: UInt64, salt: ByteString, progress: @escaping @Sendable (UInt64) -> Void
  ) throws(ImageBuildError) -> ByteString {
    var salted = Hash(.sha256)
    salted.update(salt.bytes)
    let tree = HashTree(file: file, salted: salted, progress: progress)
    var (first, count): (UInt64, UInt64) = (0, dataBlocks)
    let levels = VerityTree(dataBlocks: dataBlocks).levels
    for (index, size) in levels.enumerated() {
      // The top level comes first.
      let start = dataBlocks + levels[(index + 1)...].reduce(0, +)
      try tree.hash(first, count, to: start, isData: index == 0)
      (first, count) = (start, size)
    }
    return ByteString(try tree.digests(first, 1))
  }

  /// Hashes `count` blocks from `first` on, and writes their digests from block `start` on.
  private func hash(_ first: UInt64, _ count: UInt64, to start: UInt64, isData: Bool) throws(ImageBuildError) {
    let failure = Mutex<ImageBuildError?>(nil)
    DispatchQueue.concurrentPerform(iterations: Int((count + Self.piece - 1) / Self.piece)) { index in
      guard failure.withLock({ $0 == nil }) else { return }
      let offset = UInt64(index) * Self.piece
      let part = min(Self.piece, count - offset)
      do throws(ImageBuildError) {
        var digests = try digests(first + offset, part)
        let rest = digests.count % Erofs.block
        if rest > 0 { digests += [UInt8](repeating: 0, count: Erofs.block - rest) }
        let place = Int64((start + offset / Self.digestsPerBlock) * Erofs.blockSize)
        try system { () throws(SystemError) in try file.descriptor.writeAll(digests, at: place) }
        if isData { progress(part * Erofs.blockSize) }
      } catch {
        failure.withLock { $0 = error }
      }
    }
    if let error = failure.withLock({ $0 }) { throw error }
  }

  private func digests(_ first: UInt64, _ count: UInt64) throws(ImageBuildError) -> [UInt8] {
    let blocks = try system { () throws(SystemError) in
      try file.descriptor.read(exactly: Int(count) * Erofs.block, at: Int64(first * Erofs.blockSize))
    }
    var digests: [UInt8] = []
    digests.reserveCapacity(Int(count) * 32)
    let span = blocks.span
    for index in 0..<Int(count) {
      var hash = salted
      hash.update(span.extracting(index * Erofs.block..<(index + 1) * Erofs.block))
      digests += hash.finalize().bytes
    }
    return digests
  }
}
