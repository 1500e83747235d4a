internal import Bytes
internal import Linux

/// Appends to a file in large pieces.
final class BlockWriter {
  private static let limit = 1 << 22

  let file: SharedFile
  private var pending: [UInt8] = []
  private var written: UInt64

  /// - Parameter start: where in the file it begins, in bytes; nothing before is touched.
  init(_ file: SharedFile, from start: UInt64) { (self.file, written) = (file, start) }

  var position: UInt64 { written + UInt64(pending.count) }

  /// The number of the next block; the position is at its start.
  func block() throws(ImageBuildError) -> UInt32 {
    guard let block = UInt32(exactly: position / Erofs.blockSize), block < Erofs.hole else {
      throw .file(path: "", reason: "the image has more than 16 TiB")
    }
    return block
  }

  func append(_ bytes: [UInt8]) throws(ImageBuildError) {
    pending += bytes
    if pending.count >= Self.limit { try flush() }
  }

  /// Fills the block with zeros.
  func align() throws(ImageBuildError) {
    let rest = Int(position % Erofs.blockSize)
    if rest > 0 { try append([UInt8](repeating: 0, count: Erofs.block - rest)) }
  }

  func flush() throws(ImageBuildError) {
    let start = Int64(written)
    try system { () throws(SystemError) in try file.descriptor.writeAll(pending, at: start) }
    written += UInt64(pending.count)
    pending.removeAll(keepingCapacity: true)
  }
}
