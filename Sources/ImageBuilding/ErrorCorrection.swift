internal import Bytes
internal import Linux
internal import Policy
public import VerifiedImage

/// Makes the error correction codes of dm-verity behind the hash tree, byte for byte those of `veritysetup format`, on all
/// processors and in bounded memory: at most 7 MiB for each, whatever the image's size.
///
/// The blocks of a code word lie as far from each other as they can, so that a hole in the disk hits each word once. Byte
/// i of each of them is of one code word; the parity bytes of code words stand in the order of their first bytes.
struct ErrorCorrection {
  /// Distances that one processor takes at a time: it reads so many blocks in a row at each of the places.
  private static let piece: UInt64 = 32

  private let geometry: VerityGeometry
  private let fec: ForwardErrorCorrection
  private let code: ReedSolomon

  private init(_ geometry: VerityGeometry, _ fec: ForwardErrorCorrection) {
    (self.geometry, self.fec) = (geometry, fec)
    code = ReedSolomon(roots: Int(fec.roots))
  }

  /// Appends the codes to a file of data and tree.
  ///
  /// - Parameter progress: called from several threads, with the bytes that have codes since.
  static func append(
    to file: SharedFile, _ geometry: VerityGeometry, progress: @escaping @Sendable (UInt64) -> Void
  ) throws(ImageBuildError) {
    guard let fec = geometry.fec else { return }
    let correction = ErrorCorrection(geometry, fec)
    try inParallel(Int((fec.distance + piece - 1) / piece)) { (index) throws(ImageBuildError) in
      let first = UInt64(index) * piece
      let parity = try correction.parity(first, min(piece, fec.distance - first), progress) {
        (block, count) throws(ImageBuildError) in
        try system { () throws(SystemError) in
          try file.descriptor.read(exactly: Int(count) * Erofs.block, at: Int64(block * Erofs.blockSize))
        }
      }
      let place = correction.place(of: first)
      try system { () throws(SystemError) in try file.descriptor.writeAll(parity, at: place) }
    }
  }

  /// Checks that the codes of a file, which was verified, are those of its data and tree.
  static func verify(
    _ file: borrowing FileDescriptor, path: ByteString, _ geometry: VerityGeometry,
    decrypt: UnverifiedImageFile.Decryption?, progress: (UInt64) -> Void
  ) throws(ImageBuildError) {
    guard let fec = geometry.fec else { return }
    let correction = ErrorCorrection(geometry, fec)
    func read(_ block: UInt64, _ count: UInt64) throws(ImageBuildError) -> [UInt8] {
      let bytes: [UInt8]
      do throws(SystemError) {
        bytes = try file.read(exactly: Int(count) * Erofs.block, at: Int64(block * Erofs.blockSize))
      } catch {
        throw .system(error)
      }
      guard let decrypt else { return bytes }
      var plain = bytes
      do { try decrypt(&plain, block) } catch { throw .file(path: path, reason: "\(error)") }
      return plain
    }
    for first in stride(from: 0, to: fec.distance, by: Int(piece)) {
      let count = min(piece, fec.distance - first)
      let parity = try correction.parity(first, count, progress, read: read)
      let found = try read(fec.start + first * fec.roots, count * fec.roots)
      guard let byte = zip(parity, found).enumerated().first(where: { $1.0 != $1.1 })?.offset else { continue }
      let block = first * fec.roots + UInt64(byte / Erofs.block)
      throw .file(path: path, reason: "block \(block) of the error correction codes is not that of the image")
    }
  }

  /// Where the parity of a distance from the first block begins, in bytes.
  private func place(of first: UInt64) -> Int64 { Int64((fec.start + first * fec.roots) * Erofs.blockSize) }

  /// The parity bytes of `count` blocks' code words.
  ///
  /// - Parameters:
  ///   - first: how far the words' first block lies from the start.
  ///   - read: blocks of the file, by the number of the first and how many.
  private func parity(
    _ first: UInt64, _ count: UInt64, _ progress: (UInt64) -> Void,
    read: (UInt64, UInt64) throws(ImageBuildError) -> [UInt8]
  ) throws(ImageBuildError) -> [UInt8] {
    var remainders = code.remainders(count: Int(count) * Erofs.block)
    for place in 0..<fec.blocksPerWord {
      let bytes = try covered(place * fec.distance + first, count, read)
      code.add(bytes, to: &remainders)
      progress(UInt64(bytes.count))
    }
    return code.parity(remainders)
  }

  /// What has codes: the data, the tree, and zeros as many as the last places of the words need.
  private func covered(
    _ first: UInt64, _ count: UInt64, _ read: (UInt64, UInt64) throws(ImageBuildError) -> [UInt8]
  ) throws(ImageBuildError) -> [UInt8] {
    var bytes: [UInt8] = []
    let data = min(count, geometry.dataBlocks - min(first, geometry.dataBlocks))
    if data > 0 { bytes = try read(first, data) }
    let tree = min(count - data, fec.blocks - min(first + data, fec.blocks))
    if tree > 0 {
      bytes += try read(first + data - geometry.dataBlocks + geometry.hashOffset / Erofs.blockSize, tree)
    }
    return bytes + [UInt8](repeating: 0, count: Int(count - data - tree) * Erofs.block)
  }
}

extension UnverifiedImageFile {
  /// Checks that the error correction codes are those of data and tree, which must have been verified; nothing where the
  /// image has none.
  public borrowing func verifyErrorCorrection(
    decrypt: Decryption?, progress: (BuildProgress) -> Void = { _ in }
  ) throws(ImageBuildError) {
    guard let fec = geometry.fec else { return }
    let total = fec.distance * fec.blocksPerWord * VerityGeometry.blockSize
    var done: UInt64 = 0
    try ErrorCorrection.verify(file, path: path, geometry, decrypt: decrypt) { bytes in
      done += bytes
      progress(BuildProgress(step: "checking the error correction codes", done: done, total: total))
    }
  }
}
