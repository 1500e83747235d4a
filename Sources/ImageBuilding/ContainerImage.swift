public import Bytes

/// A container image: its layers, and what it says of its process.
public struct ContainerImage {
  /// What an image says of its process (image-spec, config.md); empty or nil where it says nothing.
  public struct Process: Equatable, Sendable {
    public var entrypoint: [ByteString] = []
    public var cmd: [ByteString] = []
    /// `NAME=value`.
    public var env: [ByteString] = []
    public var user: ByteString?
    public var cwd: ByteString?
    public var stopSignal: ByteString?
  }

  /// One layer: the blob, its digest where something states it, and that of the archive in it.
  struct Layer {
    let blob: Blob
    let digest: ByteString?
    let diffID: ByteString
  }

  public let process: Process
  let layers: [Layer]
  private let spool: LayerSpool

  /// Finds an image and reads its manifest and configuration; every digest on the way is checked.
  ///
  /// - Parameter architecture: which image of an index is meant, in the names of Go; those for Linux count.
  public init(
    _ source: ImageSource, architecture: ByteString, spool: LayerSpool
  ) throws(ImageBuildError) {
    let files = try ImageFiles(source, spool)
    let manifest = try ImageManifest.find(source, files, architecture)
    (process, layers, self.spool) = (manifest.process, manifest.layers, spool)
  }

  /// Lays the layers over one another.
  public func tree() throws(ImageBuildError) -> FileTree {
    let tree = FileTree()
    for layer in layers {
      let archive = try spool.uncompressed(layer.blob, digest: layer.digest, diffID: layer.diffID)
      let entries = try TarReader.entries(of: archive.file, archive.range, name: archive.name)
      try tree.apply(layer: entries, of: archive.file, name: archive.name)
    }
    return tree
  }
}
