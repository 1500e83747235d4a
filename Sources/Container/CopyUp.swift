internal import Bytes
internal import Linux

/// Fills a new file system with what the directory holds that it is about to cover (`tmpcopyup`).
enum CopyUp {
  /// Copies files, directories and symbolic links with owner and permissions.
  ///
  /// Each entry is opened by its name in a directory that is open, through no link and on no other mount.
  /// - Throws: EOPNOTSUPP for an entry of another kind.
  static func copy(_ source: borrowing FileDescriptor, to target: borrowing FileDescriptor) throws(SystemError) {
    for name in try source.entries() {
      let status = try source.status(of: name)
      switch status.kind {
      case .directory:
        let from = try source.open(name, [.readOnly, .directory, .noFollow], resolve: walk)
        try target.makeDirectory(name)
        let to = try target.open(name, [.readOnly, .directory, .noFollow], resolve: walk)
        try copy(from, to: to)
        try to.take(status)
      case .regular:
        let from = try source.open(name, [.readOnly, .noFollow], resolve: walk)
        let to = try target.open(name, [.writeOnly, .create, .exclusive, .noFollow], resolve: walk)
        while try from.send(to: to, atMost: 1 << 20) > 0 {}
        try to.take(status)
      case .symbolicLink:
        try target.makeSymbolicLink(name, to: source.readSymbolicLink(name))
        try target.open(name, [.path, .noFollow], resolve: .beneath).setOwner(uid: status.uid, gid: status.gid)
      case .characterDevice, .blockDevice, .fifo, .socket, .none:
        throw SystemError(call: "copy", errno: ErrorNumber.EOPNOTSUPP, object: name)
      }
    }
  }

  private static let walk: Resolve = [.beneath, .noSymlinks, .noCrossDevice]
}

extension FileDescriptor {
  /// The owner first: a change of owner takes set-uid bits away.
  fileprivate borrowing func take(_ status: FileStatus) throws(SystemError) {
    try setOwner(uid: status.uid, gid: status.gid)
    try setPermissions(status.permissions)
  }
}
