public import Bytes

extension FileDescriptor {
  /// Reads a file of the trusted node whole.
  ///
  /// - Throws: EFBIG when it has more than `limit` bytes.
  public static func contents(of path: ByteString, limit: Int) throws(SystemError) -> [UInt8] {
    do {
      return try open(path, .readOnly).readToEnd(limit: limit)
    } catch {
      throw SystemError(call: error.call, errno: error.errno, object: path)
    }
  }

  /// Replaces a file of this directory in one step: a reader sees the old contents or the new, never a part.
  ///
  /// The new contents are on storage before they get the name.
  ///
  /// - Parameter isExact: the file gets all of the mode, whatever the process masks.
  public borrowing func replace(
    _ name: ByteString, with contents: [UInt8], mode: UInt32 = 0o600, isExact: Bool = false
  ) throws(SystemError) {
    let temporary = ByteString(".") + name + ".new"
    do {
      let file = try open(temporary, [.writeOnly, .create, .truncate, .noFollow], resolve: .beneath, mode: mode)
      if isExact { try file.setPermissions(mode) }
      try file.writeAll(contents)
      try file.synchronize()
    }
    try rename(temporary, to: name)
  }

  /// Writes to an existing file, in one call as kernel interfaces in proc, sysfs and cgroupfs need it.
  public borrowing func write(_ contents: ByteString, to name: ByteString) throws(SystemError) {
    do {
      try open(name, .writeOnly, resolve: [.beneath, .noSymlinks]).writeAll(contents.bytes)
    } catch {
      throw SystemError(call: error.call, errno: error.errno, object: name)
    }
  }

  /// Opens a directory, making it and its missing parents first: a path of the trusted node.
  public static func makeDirectories(_ path: ByteString, mode: UInt32 = 0o700) throws(SystemError) -> FileDescriptor {
    do {
      return try open(path, [.readOnly, .directory])
    } catch  where error.errno == ErrorNumber.ENOENT && path != "/" {
      let parent = try makeDirectories(path.parentPath, mode: mode)
      do {
        try parent.makeDirectory(path.lastPathComponent, mode: mode)
      } catch  where error.errno == ErrorNumber.EEXIST {
        // Another command was faster: what counts is that it is there.
      }
      return try parent.open(path.lastPathComponent, [.readOnly, .directory, .noFollow], resolve: [])
    }
  }

  /// Removes an entry of this directory and everything beneath it, without following links or leaving the mount.
  public borrowing func removeTree(_ name: ByteString) throws(SystemError) {
    do {
      return try remove(name)
    } catch  where error.errno == ErrorNumber.EISDIR {
      let directory = try open(
        name, [.readOnly, .directory, .noFollow], resolve: [.beneath, .noSymlinks, .noCrossDevice])
      for entry in try directory.entries() { try directory.removeTree(entry) }
    }
    try removeDirectory(name)
  }
}
