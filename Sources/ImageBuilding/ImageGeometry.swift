public import Bytes
internal import Linux
public import Policy
public import VerifiedImage

extension ImageBuilder {
  /// The geometry of an image file that this program has written, by its name, its superblock and its length; every
  /// block is checked against it.
  ///
  /// For authors, who have only the file. A node never asks a file what it is.
  ///
  /// - Parameter decrypt: for an encrypted image; nil for another one.
  public static func geometry(
    of path: ByteString, salt: Salt, decrypt: UnverifiedImageFile.Decryption? = nil,
    progress: @escaping @Sendable (BuildProgress) -> Void
  ) throws(ImageBuildError) -> VerityGeometry {
    let name = path.lastPathComponent
    let suffix: ByteString = decrypt == nil ? ".erofs" : ".crypt"
    guard name.hasSuffix(suffix), let rootHash = Hex.decode(ByteString(name.bytes.dropLast(suffix.count))),
      rootHash.count == 32
    else { throw .file(path: path, reason: "expected a name of the form <root hash>\(suffix)") }
    let key = decrypt == nil ? "" : ", or encrypted with another key"
    let foreign = ImageBuildError.file(path: path, reason: "no EROFS image of this program, or cut off\(key)")
    let image = SharedFile(try system { () throws(SystemError) in try FileDescriptor.open(path, .readOnly) })
    let size = try system { () throws(SystemError) in try image.descriptor.status().size }
    func read(_ first: UInt64, _ count: UInt64) throws(ImageBuildError) -> [UInt8] {
      guard first <= size / Erofs.blockSize, count <= size / Erofs.blockSize - first else {
        throw foreign
      }
      var bytes = try system { () throws(SystemError) in
        try image.descriptor.read(exactly: Int(count * Erofs.blockSize), at: Int64(first * Erofs.blockSize))
      }
      do throws(ImageError) { try decrypt?(&bytes, first) } catch {
        throw .file(path: path, reason: "\(error)")
      }
      return bytes
    }
    let superblock = try read(0, 1)
    guard let facts = FileSystemFacts(firstBlock: superblock), facts.metadata < facts.blocks else { throw foreign }
    let blocks = facts.blocks
    let salt = salt.bytes(for: superblock + (try read(facts.metadata, blocks - facts.metadata)))
    guard
      let plain = VerityGeometry(
        rootHash: ByteString(rootHash), salt: salt, dataBlocks: blocks, hashOffset: blocks * Erofs.blockSize)
    else { throw .file(path: path, reason: "no geometry for \(blocks) blocks") }
    // Each number of roots gives another length.
    let corrected = ForwardErrorCorrection.admittedRoots.lazy.compactMap { plain.corrected(roots: $0) }
    let geometry = corrected.first { $0.fileSize == size } ?? plain
    let step = StepProgress("checking", of: geometry.dataBlocks * Erofs.blockSize, progress)
    try verified(geometry, path, decrypt, step).verifyErrorCorrection(decrypt: decrypt, progress: progress)
    return geometry
  }

  private static func verified(
    _ geometry: VerityGeometry, _ path: ByteString, _ decrypt: UnverifiedImageFile.Decryption?, _ step: StepProgress
  ) throws(ImageBuildError) -> UnverifiedImageFile {
    do throws(ImageError) {
      let file = try UnverifiedImageFile(geometry, isEncrypted: decrypt != nil, in: [path.parentPath])
      try file.verify(decrypt: decrypt) { (piece) throws(ImageError) in step.add(UInt64(piece.count)) }
      return file
    } catch {
      throw .file(path: path, reason: "\(error); of the geometry that its superblock names")
    }
  }
}
