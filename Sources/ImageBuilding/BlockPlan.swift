internal import Bytes

/// What the blocks of an image are to hold, before one of them is written: parts of files, which are read when their turn
/// comes, and what was made in memory. A file in one piece takes one run here, whatever its size.
struct BlockPlan: Sendable {
  /// A part of some contents, from the start of a block on; what is left of the last block is zeros.
  private struct Run: Sendable {
    let first: UInt64
    let contents: FileContents
    let part: Range<UInt64>

    /// The number of the block behind it.
    var end: UInt64 { first + (UInt64(part.count) + Erofs.blockSize - 1) / Erofs.blockSize }
  }

  private var runs: [Run] = []

  /// How many blocks there are.
  var count: UInt64 { runs.last?.end ?? 0 }

  /// Adds a part of some contents, which is not empty.
  ///
  /// - Returns: the number of its first block.
  mutating func append(_ contents: FileContents, _ part: Range<UInt64>) throws(ImageBuildError) -> UInt32 {
    let run = Run(first: count, contents: contents, part: part)
    guard run.end < Erofs.hole else { throw .file(path: "", reason: "the image has more than 16 TiB") }
    runs.append(run)
    return UInt32(run.first)
  }

  /// Adds bytes, of which there is at least one.
  mutating func append(_ bytes: [UInt8]) throws(ImageBuildError) -> UInt32 {
    try append(FileContents(bytes), 0..<UInt64(bytes.count))
  }

  /// Puts other bytes, no more than one block of them, in the place of the first block.
  mutating func replaceFirstBlock(_ bytes: [UInt8]) {
    runs[0] = Run(first: 0, contents: FileContents(bytes), part: 0..<UInt64(bytes.count))
  }

  /// What `wanted` blocks from a number on hold.
  func read(_ first: UInt64, _ wanted: UInt64) throws(ImageBuildError) -> [UInt8] {
    var bytes: [UInt8] = []
    var (index, block) = (indexOfRun(with: first), first)
    while block < first + wanted {
      let run = runs[index]
      let stop = min(run.end, first + wanted)
      let start = run.part.lowerBound + (block - run.first) * Erofs.blockSize
      let part = start..<min(run.part.upperBound, start + (stop - block) * Erofs.blockSize)
      let read = try run.contents.open().read(part)
      if UInt64(part.count) == wanted * Erofs.blockSize { return read }
      if bytes.isEmpty { bytes.reserveCapacity(Int(wanted) * Erofs.block) }
      bytes += read
      bytes += repeatElement(0, count: Int(stop - first) * Erofs.block - bytes.count)
      (index, block) = (index + 1, stop)
    }
    return bytes
  }

  private func indexOfRun(with block: UInt64) -> Int {
    var (low, high) = (0, runs.count - 1)
    while low < high {
      let middle = (low + high + 1) / 2
      if runs[middle].first <= block { low = middle } else { high = middle - 1 }
    }
    return low
  }
}
