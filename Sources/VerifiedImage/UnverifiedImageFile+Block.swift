internal import Bytes
internal import Digest
internal import Linux
internal import Policy

extension UnverifiedImageFile {
  /// Reads one block of data of a file that is not encrypted, and checks it along its way up to the root hash, as
  /// dm-verity does.
  ///
  /// - Throws: `ImageError.corrupt` for the first block on the way down to it that is not the pinned one.
  public borrowing func read(block: UInt64) throws(ImageError) -> [UInt8] {
    let levels = VerityTree(dataBlocks: geometry.dataBlocks).levels
    let first = geometry.hashOffset / VerityGeometry.blockSize
    var digest = geometry.rootHash
    // Counted from the start of the tree, which begins with the top level.
    var start: UInt64 = 0
    for (level, count) in levels.enumerated().reversed() {
      // A hash block of level 0 is for 128 blocks of data, one of level 1 for 128 of these.
      let below = block >> (7 * UInt64(level))
      let place = start + below / 128
      let hashes = try checked(first + place, digest)
      guard let hashes else { throw .corrupt(path: path, .hashTree, block: place) }
      let offset = Int(below % 128) * 32
      digest = ByteString(hashes[offset..<offset + 32])
      start += count
    }
    guard let data = try checked(block, digest) else { throw .corrupt(path: path, .data, block: block) }
    return data
  }

  /// A block of the file; nil where it has another digest.
  private borrowing func checked(_ block: UInt64, _ digest: ByteString) throws(ImageError) -> [UInt8]? {
    let size = VerityGeometry.blockSize
    let bytes = try system(try file.read(exactly: Int(size), at: Int64(block * size)))
    var hash = Hash(.sha256)
    hash.update(geometry.salt.bytes)
    hash.update(bytes)
    return hash.finalize() == digest ? bytes : nil
  }
}
