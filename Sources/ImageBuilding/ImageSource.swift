public import Bytes
internal import Linux
internal import StrictJSON

/// Where a container image lies.
public enum ImageSource: Sendable, Equatable {
  /// An OCI image layout (image-spec, image-layout.md), and the tag.
  case layout(ByteString, tag: ByteString)
  /// One file as `docker save`, `podman save`, `ctr images export` and `skopeo` write it, and the image's name where it
  /// has several.
  case archive(ByteString, reference: ByteString?)
  /// containerd's root directory, and the digest of a manifest or index in its content store, as `ctr images ls` shows
  /// it. The database that knows names is not read: it is containerd's, which changes it in place.
  case contentStore(ByteString, digest: ByteString)

  /// For messages.
  public var name: ByteString {
    switch self {
    case .layout(let directory, let tag): directory + ":" + tag
    case .archive(let file, let reference): reference.map { file + ":" + $0 } ?? file
    case .contentStore(let root, let digest): root + "@" + digest
    }
  }
}

/// An opened source: its files by name.
enum ImageFiles {
  case directory(ByteString)
  case archive(FileTree, name: ByteString)

  private static let content: ByteString = "io.containerd.content.v1.content"

  init(_ source: ImageSource, _ spool: LayerSpool) throws(ImageBuildError) {
    switch source {
    case .layout(let directory, _): self = .directory(directory)
    case .contentStore(let root, _): self = .directory(root.appending(path: Self.content))
    case .archive(let file, _):
      // Names, links and duplicates of the outer archive are as hostile as those of a layer.
      let archive = try spool.uncompressed(try Blob(path: file), digest: nil, diffID: nil)
      let tree = FileTree()
      let entries = try TarReader.entries(of: archive.file, archive.range, name: file)
      try tree.apply(layer: entries, of: archive.file, name: file)
      self = .archive(tree, name: file)
    }
  }

  /// A file by its path; nil where there is none.
  func file(_ path: ByteString) throws(ImageBuildError) -> Blob? {
    switch self {
    case .directory(let directory):
      do {
        return try Blob(path: directory.appending(path: path))
      } catch .system(let error) where error.errno == ErrorNumber.ENOENT {
        return nil
      }
    case .archive(let tree, let name):
      guard let contents = try tree.contents(at: path), case .range(let file, let offset) = contents.source else {
        return nil
      }
      return Blob(file, offset..<offset + contents.size, name: name + ":" + path)
    }
  }

  /// A blob by its digest, `sha256:<hex>`.
  func blob(_ digest: ByteString, of name: ByteString) throws(ImageBuildError) -> Blob {
    guard let (kind, hex) = digest.splitFirst(UInt8(ascii: ":")), kind == "sha256", Hex.decode(hex)?.count == 32 else {
      throw .image(name: name, reason: "expected a digest sha256:<64 digits>, found \(digest)")
    }
    guard let blob = try file("blobs/sha256/" + hex) else {
      throw .image(name: name, reason: "blob \(digest) is missing")
    }
    return blob
  }
}

extension FileTree {
  /// The contents of a regular file, links followed; nil where there is none.
  func contents(at path: ByteString) throws(ImageBuildError) -> FileContents? {
    var path = path
    for _ in 0..<8 {
      let (directory, name) = try parent(of: path, make: false)
      switch directory?.children[name]?.kind {
      case .regular(let contents)?: return contents
      case .symbolicLink(let target)?:
        path = target.hasPrefix("/") ? target : path.parentPath.appending(path: target)
      case .directory?, nil: return nil
      }
    }
    return nil
  }
}
