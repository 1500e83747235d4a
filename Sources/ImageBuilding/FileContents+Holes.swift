internal import Synchronization

extension FileContents {
  /// Pieces that one processor looks at before it takes the next ones.
  private static let group: UInt64 = 64

  /// The numbers of the pieces of this size that hold nothing but zeros, in order; a shorter one at the end is not
  /// looked at.
  ///
  /// Of a piece no more is read than it takes to find another byte, which nearly always stands in its first block; on all
  /// processors, because a disk that has to be asked answers several at once.
  ///
  /// - Parameter progress: called from several threads with the bytes that are known since.
  func zeroPieces(of size: UInt64, _ progress: @Sendable (UInt64) -> Void) throws(ImageBuildError) -> [UInt64] {
    let pieces = self.size / size
    let zeros = Mutex<[UInt64]>([])
    try inParallel(Int((pieces + Self.group - 1) / Self.group)) { (index) throws(ImageBuildError) in
      let contents = try open()
      let first = UInt64(index) * Self.group
      let last = min(first + Self.group, pieces)
      for piece in first..<last where try contents.isZero(piece * size..<(piece + 1) * size) {
        zeros.withLock { $0.append(piece) }
      }
      progress((last - first) * size)
    }
    if self.size > pieces * size { progress(self.size - pieces * size) }
    return zeros.withLock { $0.sorted() }
  }
}

extension FileContents.Open {
  fileprivate func isZero(_ part: Range<UInt64>) throws(ImageBuildError) -> Bool {
    var (start, length) = (part.lowerBound, Erofs.blockSize)
    while start < part.upperBound {
      let bytes = try read(start..<min(start + length, part.upperBound))
      // Without a way out of the loop it runs over many bytes at once.
      var all: UInt8 = 0
      for index in bytes.indices { all |= bytes[index] }
      guard all == 0 else { return false }
      (start, length) = (start + length, 1 << 18)
    }
    return true
  }
}
