internal import Bytes
internal import Linux

/// A tree of files that belongs to a container: every path in it is walked by the kernel from the tree's own top, which
/// no symbolic link and no `..` leaves (CVE-2021-30465: between a check by path and its use, a link was swapped in).
struct FileTree: ~Copyable {
  /// The top directory.
  let top: FileDescriptor

  /// Whether a mount point may be reached through a symbolic link in the last part of its path. Links before it are
  /// followed inside the tree: `/var/run` is one in most images.
  enum LastLink { case followed, refused }

  private static let walk: Resolve = [.inRoot, .noMagicLinks]

  /// A handle of what lies at a path.
  borrowing func find(_ path: ByteString, _ link: LastLink = .followed) throws(SystemError) -> FileDescriptor {
    try top.open(path, link == .followed ? .path : [.path, .noFollow], resolve: Self.walk)
  }

  /// A directory, open for its entries.
  borrowing func read(_ path: ByteString) throws(SystemError) -> FileDescriptor {
    try top.open(path, [.readOnly, .directory], resolve: Self.walk)
  }

  /// A handle of a directory, which is made with its missing parents where the file system allows it.
  ///
  /// Each part is made in the descriptor of the one before, never by path (CVE-2024-45310).
  borrowing func directory(_ path: ByteString) throws(SystemError) -> FileDescriptor {
    do {
      return try top.open(path, [.path, .directory], resolve: Self.walk)
    } catch  where error.errno == ErrorNumber.ENOENT && path != "/" {
      return try makeDirectory(path)
    }
  }

  private borrowing func makeDirectory(_ path: ByteString) throws(SystemError) -> FileDescriptor {
    let parent = try directory(path.parentPath)
    let name = path.lastPathComponent
    do {
      try parent.makeDirectory(name, mode: 0o755)
    } catch  where error.errno == ErrorNumber.EEXIST {
      // A dangling link, or another container that shares the volume was faster: the next call tells.
    }
    return try parent.open(name, [.path, .directory, .noFollow], resolve: [.beneath, .noSymlinks])
  }

  /// A handle of the place where something is mounted: an existing file or directory, or a new one.
  ///
  /// - Returns: the handle, and the device of the file system there; none where the place is new.
  /// - Throws: EROFS where it is missing and cannot be made, ELOOP where it is a link that is refused.
  borrowing func mountPoint(_ path: ByteString, directory: Bool, _ link: LastLink) throws(SystemError)
    -> MountPoint
  {
    do throws(SystemError) {
      let place = try find(path, link)
      let status = try place.status()
      if status.kind == .symbolicLink {
        throw SystemError(call: "openat2", errno: ErrorNumber.ELOOP, object: path)
      }
      if (status.kind == .directory) != directory {
        throw SystemError(
          call: "openat2", errno: directory ? ErrorNumber.ENOTDIR : ErrorNumber.EISDIR, object: path)
      }
      return MountPoint(place: place, device: status.device)
    } catch  where error.errno == ErrorNumber.ENOENT {
      if directory { return MountPoint(place: try makeDirectory(path), device: nil) }
      let parent = try self.directory(path.parentPath)
      let name = path.lastPathComponent
      do {
        try parent.makeNode(name, .regular, permissions: 0o644)
      } catch  where error.errno == ErrorNumber.EEXIST {
        // As above.
      }
      return MountPoint(
        place: try parent.open(name, [.path, .noFollow], resolve: [.beneath, .noSymlinks]), device: nil)
    }
  }
}

/// A place where something is about to be mounted.
struct MountPoint: ~Copyable {
  let place: FileDescriptor
  /// Of the file system there; nil where the place was made just now.
  let device: DeviceNumber?
}
