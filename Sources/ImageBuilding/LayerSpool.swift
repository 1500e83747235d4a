public import Bytes
internal import Digest
internal import Linux

/// Where layers are unpacked to until the image is written: files without a name, which end with this process.
///
/// What all of them may become is bounded: a few kilobytes of gzip can be a terabyte.
public final class LayerSpool {
  private let directory: ByteString
  private var left: UInt64
  private let progress: @Sendable (BuildProgress) -> Void

  /// - Parameters:
  ///   - directory: with room for the layers.
  ///   - limit: of all layers together, in bytes.
  public init(
    directory: ByteString, limit: UInt64, progress: @escaping @Sendable (BuildProgress) -> Void = { _ in }
  ) {
    (self.directory, left, self.progress) = (directory, limit, progress)
  }

  /// The tar archive of a blob, after its digests were checked.
  ///
  /// - Parameters:
  ///   - digest: of the blob as it lies there, `sha256:<hex>`.
  ///   - diffID: of the archive in it.
  func uncompressed(_ blob: Blob, digest: ByteString?, diffID: ByteString?) throws(ImageBuildError) -> Blob {
    let step = StepProgress("reading \(blob.name.lastPathComponent)", of: UInt64(blob.range.count), progress)
    let start = try system { () throws(SystemError) in
      try blob.file.descriptor.read(exactly: min(4, blob.range.count), at: Int64(blob.range.lowerBound))
    }
    let (outside, inside) = (Digester(), Digester())
    guard let decoder = Decompression.decoder(for: start) else {
      if digest != nil || diffID != nil {
        try blob.forEachPiece { (piece) throws(ImageBuildError) in
          outside.update(piece)
          step.add(UInt64(piece.count))
        }
        let actual = outside.finish()
        for expected in [digest, diffID] { if let expected { try Blob.check(actual, expected, of: blob.name) } }
      }
      return blob
    }
    let writer = BlockWriter(try unnamedFile(), from: 0)
    try blob.forEachPiece { (piece) throws(ImageBuildError) in
      outside.update(piece)
      let isWhole = try decoder.take(piece) { (part) throws(ImageBuildError) in
        guard UInt64(part.count) <= left else {
          throw .image(name: blob.name, reason: "unpacked, the layers are larger than the limit; see --limit")
        }
        left -= UInt64(part.count)
        inside.update(part)
        try writer.append(part)
      }
      guard isWhole else { throw .image(name: blob.name, reason: "the compressed data is damaged") }
      step.add(UInt64(piece.count))
    }
    guard decoder.isComplete else { throw .image(name: blob.name, reason: "the compressed data is cut off") }
    if let digest { try Blob.check(outside.finish(), digest, of: blob.name) }
    if let diffID { try Blob.check(inside.finish(), diffID, of: blob.name) }
    try writer.flush()
    return Blob(writer.file, 0..<writer.position, name: blob.name)
  }

  private func unnamedFile() throws(ImageBuildError) -> SharedFile {
    let name = ByteString(".layer-\(CurrentProcess.pid)")
    return SharedFile(
      try system { () throws(SystemError) in
        let directory = try FileDescriptor.open(directory, [.readOnly, .directory])
        let file = try directory.open(name, [.readWrite, .create, .truncate, .noFollow], resolve: .beneath)
        try directory.remove(name)
        return file
      })
  }
}

/// A digest that several closures add to.
private final class Digester {
  private var hash = Hash(.sha256)

  func update(_ bytes: [UInt8]) { hash.update(bytes) }

  func finish() -> ByteString { hash.finalize() }
}
