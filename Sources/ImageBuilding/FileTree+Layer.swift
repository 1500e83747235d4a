internal import Bytes
internal import Linux

extension FileTree {
  private static let whiteout: ByteString = ".wh."
  private static let opaque: ByteString = ".wh..wh..opq"

  /// Lays a layer over what is there (image-spec, layer.md).
  ///
  /// What the layer removes is removed first, whatever the order in the archive: a whiteout hides files of the layers
  /// below, and never one of its own.
  /// - Throws: `ImageBuildError.archive` for a file that is there twice: which one counts is not for the archive's order
  ///   to say.
  func apply(layer entries: [TarEntry], of file: SharedFile, name: ByteString) throws(ImageBuildError) {
    var seen: [ByteString: TarEntry.Kind] = [:]
    for entry in entries {
      if let other = seen.updateValue(entry.kind, forKey: entry.path), other != .directory || entry.kind != .directory {
        throw Self.failure(name, entry, "is in the archive twice")
      }
    }
    for entry in entries { try remove(entry, name) }
    for entry in entries where !Self.isWhiteout(entry) { try add(entry, of: file, name) }
  }

  private static func isWhiteout(_ entry: TarEntry) -> Bool { entry.path.lastPathComponent.hasPrefix(whiteout) }

  private func remove(_ entry: TarEntry, _ name: ByteString) throws(ImageBuildError) {
    guard Self.isWhiteout(entry) else { return }
    guard entry.kind == .regular else { throw Self.failure(name, entry, "a whiteout that is no regular file") }
    let (directory, last) = try parent(of: entry.path, make: false)
    if last == Self.opaque {
      directory?.children = [:]
      return
    }
    let hidden = ByteString(last.bytes.dropFirst(Self.whiteout.count))
    guard !hidden.isEmpty, hidden != ".", hidden != "..", !hidden.hasPrefix(Self.whiteout) else {
      throw Self.failure(name, entry, "a whiteout of no file")
    }
    directory?.children[hidden] = nil
  }

  private func add(_ entry: TarEntry, of file: SharedFile, _ name: ByteString) throws(ImageBuildError) {
    let (found, last) = try parent(of: entry.path, make: true)
    guard let directory = found else { throw Self.failure(name, entry, "has no place") }
    if last.isEmpty {
      root.attributes = entry.attributes
      return
    }
    switch entry.kind {
    case .directory:
      if let there = directory.children[last], there.isDirectory {
        there.attributes = entry.attributes
      } else {
        directory.children[last] = FileNode(.directory, entry.attributes)
      }
    case .regular:
      let contents = FileContents(
        .range(file, offset: entry.contents.lowerBound), size: UInt64(entry.contents.count), name: entry.path)
      directory.children[last] = FileNode(.regular(contents), entry.attributes)
    case .symbolicLink:
      directory.children[last] = FileNode(.symbolicLink(entry.target), entry.attributes)
    case .hardLink:
      let (place, target) = try parent(of: entry.target, make: false)
      guard let node = place?.children[target], !node.isDirectory else {
        throw Self.failure(name, entry, "a link to \(entry.target), which is no file of the image")
      }
      directory.children[last] = node
    }
  }

  private static func failure(_ name: ByteString, _ entry: TarEntry, _ reason: String) -> ImageBuildError {
    .archive(name: name, offset: entry.contents.lowerBound, entry: entry.path, reason: reason)
  }
}
