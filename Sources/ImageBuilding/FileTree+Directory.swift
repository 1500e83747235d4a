public import Bytes
internal import Linux

extension FileTree {
  /// How a directory is taken.
  public struct DirectoryOptions: Sendable {
    /// Keeps owners and extended attributes; otherwise all belongs to root, because owners and labels differ from
    /// machine to machine.
    public var keepOwner: Bool
    /// Takes what links lead to in their place: model caches keep files elsewhere and link to them.
    public var followLinks: Bool

    /// The usual way is neither.
    public init(keepOwner: Bool = false, followLinks: Bool = false) {
      (self.keepOwner, self.followLinks) = (keepOwner, followLinks)
    }
  }

  /// The files of a directory, which is only read, and which must stay as it is until the image is written.
  public convenience init(directory path: ByteString, _ options: DirectoryOptions) throws(ImageBuildError) {
    self.init()
    let top = SharedFile(try system { () throws(SystemError) in try .open(path, [.readOnly, .directory]) })
    var walk = DirectoryWalk(top: top, options: options)
    root.attributes = try walk.attributes(of: top.descriptor)
    try walk.add(top.descriptor, "", named: path, to: root)
  }
}

extension FileNode {
  /// A file of this machine, which must stay as it is until the image is written; links are followed.
  public convenience init(file path: ByteString, _ attributes: FileAttributes) throws(ImageBuildError) {
    do {
      let file = try FileDescriptor.open(path, .path)
      let status = try file.status()
      guard status.kind == .regular else {
        throw ImageBuildError.file(path: path, reason: "expected a regular file")
      }
      let source = FileContents.Source.path(
        SharedFile(try .open("/", [.path, .directory])),
        ByteString(try FileDescriptor.pathOfOpen(file).bytes.dropFirst()))
      self.init(.regular(FileContents(source, size: status.size, name: path)), attributes)
    } catch let error as SystemError {
      throw .system(SystemError(call: error.call, errno: error.errno, object: path))
    } catch {
      throw .file(path: path, reason: "expected a regular file")
    }
  }
}

/// One walk over a directory.
private struct DirectoryWalk {
  let top: SharedFile
  let options: FileTree.DirectoryOptions
  /// Files with several names, by device and inode.
  private var linked: [LinkedFile: FileNode] = [:]
  /// Links that are followed can make a ring.
  private var depth = 0

  private struct LinkedFile: Hashable {
    let device: DeviceNumber
    let inode: UInt64
  }

  init(top: SharedFile, options: FileTree.DirectoryOptions) { (self.top, self.options) = (top, options) }

  mutating func add(
    _ directory: borrowing FileDescriptor, _ path: ByteString, named shown: ByteString, to node: FileNode
  ) throws(ImageBuildError) {
    depth += 1
    defer { depth -= 1 }
    guard depth <= 256 else { throw .file(path: shown, reason: "directories are too deep, or links make a ring") }
    let names: [ByteString]
    do { names = try directory.entries().sorted() } catch { throw .system(error) }
    for name in names {
      let (path, shown) = (path.isEmpty ? name : path.appending(path: name), shown.appending(path: name))
      node.children[name] = try file(in: directory, name, path, shown)
    }
  }

  private mutating func file(
    in directory: borrowing FileDescriptor, _ name: ByteString, _ path: ByteString, _ shown: ByteString
  ) throws(ImageBuildError) -> FileNode {
    do {
      let file = try directory.open(
        name, options.followLinks ? .path : [.path, .noFollow], resolve: options.followLinks ? [] : .beneath)
      let status = try file.status()
      let key = LinkedFile(device: status.device, inode: status.inode)
      if status.kind != .directory, status.links > 1, let node = linked[key] { return node }
      let node = try make(file, status, path, shown)
      if status.kind != .directory, status.links > 1 { linked[key] = node }
      return node
    } catch let error as SystemError {
      throw .system(SystemError(call: error.call, errno: error.errno, object: shown))
    } catch let error as ImageBuildError {
      throw error
    } catch {
      throw .file(path: shown, reason: "\(error)")
    }
  }

  private mutating func make(
    _ file: borrowing FileDescriptor, _ status: FileStatus, _ path: ByteString, _ shown: ByteString
  ) throws -> FileNode {
    switch status.kind {
    case .directory:
      let directory = try file.open(".", [.readOnly, .directory], resolve: .beneath)
      let node = FileNode(.directory, try attributes(of: directory))
      try add(directory, path, named: shown, to: node)
      return node
    case .regular:
      let attributes = options.keepOwner ? try attributes(of: try reopen(file)) : try attributes(of: file)
      // The way through links is not walked again: what they led to is read by its own path.
      let source: FileContents.Source =
        options.followLinks
        ? .path(
          SharedFile(try .open("/", [.path, .directory])),
          ByteString(try FileDescriptor.pathOfOpen(file).bytes.dropFirst()))
        : .path(top, path)
      return FileNode(.regular(FileContents(source, size: status.size, name: shown)), attributes)
    case .symbolicLink:
      return FileNode(.symbolicLink(try file.readSymbolicLink("")), try attributes(of: file, isLink: true))
    case .characterDevice, .blockDevice, .fifo, .socket, nil:
      throw ImageBuildError.file(path: shown, reason: "a device, FIFO or socket; images have none")
    }
  }

  private func reopen(_ file: borrowing FileDescriptor) throws(SystemError) -> FileDescriptor {
    try .open(file.procPath, .readOnly)
  }

  func attributes(
    of file: borrowing FileDescriptor, isLink: Bool = false
  ) throws(ImageBuildError) -> FileAttributes {
    do {
      let status = try file.status()
      var attributes = FileAttributes(permissions: isLink ? 0o777 : status.permissions)
      guard options.keepOwner else { return attributes }
      (attributes.uid, attributes.gid) = (status.uid, status.gid)
      guard !isLink else { return attributes }
      for name in try file.extendedAttributeNames() {
        attributes.extended[name] = try file.extendedAttribute(name)
      }
      return attributes
    } catch {
      throw .system(error)
    }
  }
}
