internal import Bytes
internal import Linux

/// Fills a new file system with what the directory holds that it is about to cover (`tmpcopyup`).
enum CopyUp {
  /// Copies everything but sockets, which are nothing without their process, with owner and permissions.
  ///
  /// Each entry is opened by its name in a directory that is open, through no link and on no other mount.
  /// - Throws: EPERM for a device in a user namespace that may not make it.
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
      case .characterDevice, .blockDevice, .fifo:
        guard let kind = status.kind else { continue }
        // This process has no umask.
        try target.makeNode(name, kind, permissions: status.permissions, device: status.representedDevice)
        try target.open(name, [.path, .noFollow], resolve: walk).setOwner(uid: status.uid, gid: status.gid)
      case .socket: continue
      case .none:
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
