internal import Bytes
internal import Cipher
internal import Linux
internal import Policy
internal import VerifiedImage

/// Encrypts a finished image file in place, data and hash tree, on all processors and in constant memory.
enum ImageEncryptor {
  /// Sectors that one processor takes at a time.
  private static let piece: UInt64 = 1024

  /// - Parameters:
  ///   - sectors: how many the file has.
  ///   - progress: called from several threads, with the bytes that were encrypted since.
  static func encrypt(
    _ file: SharedFile, sectors: UInt64, with key: borrowing ImageKey, progress: @escaping @Sendable (UInt64) -> Void
  ) throws(ImageBuildError) {
    let size = ImageEncryption.sectorSize
    // Contexts of the cipher are not to be shared by threads; each piece has its own.
    try inParallel(Int((sectors + piece - 1) / piece)) { (index) throws(ImageBuildError) in
      let first = UInt64(index) * piece
      let count = min(piece, sectors - first)
      var bytes = try system { () throws(SystemError) in
        try file.descriptor.read(exactly: Int(count * size), at: Int64(first * size))
      }
      do throws(CipherError) {
        try SectorCipher(key, .encrypt).apply(to: &bytes, sector: first)
      } catch {
        throw .file(path: "", reason: "\(error)")
      }
      try system { () throws(SystemError) in try file.descriptor.writeAll(bytes, at: Int64(first * size)) }
      progress(count * size)
    }
  }
}
