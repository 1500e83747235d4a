public import Bytes
internal import CLinux

extension FileDescriptor {
  /// Makes a directory in this directory.
  ///
  /// - Throws: EEXIST where the name is taken.
  public borrowing func makeDirectory(_ name: ByteString, mode: UInt32 = 0o700) throws(SystemError) {
    let number = rawValue
    try check(try unsafe withPath(name) { unsafe clinux_mkdirat(number, $0, mode) }, "mkdirat", name)
  }

  /// Makes a device node, FIFO or regular file in this directory.
  public borrowing func makeNode(
    _ name: ByteString, _ kind: FileStatus.Kind, permissions: UInt32, device: DeviceNumber = .init(major: 0, minor: 0)
  ) throws(SystemError) {
    let type: UInt32 =
      switch kind {
      case .regular: 0o100000
      case .characterDevice: 0o020000
      case .blockDevice: 0o060000
      case .fifo: 0o010000
      case .socket: 0o140000
      case .directory, .symbolicLink: throw SystemError(call: "mknodat", errno: ErrorNumber.EINVAL, object: name)
      }
    let number = rawValue
    let result = try unsafe withPath(name) {
      unsafe clinux_mknodat(number, $0, type | permissions, device.major, device.minor)
    }
    try check(result, "mknodat", name)
  }

  /// Makes a symbolic link in this directory.
  public borrowing func makeSymbolicLink(_ name: ByteString, to target: ByteString) throws(SystemError) {
    let number = rawValue
    let result = try unsafe withPaths(target, name) { unsafe clinux_symlinkat($0, number, $1) }
    try check(result, "symlinkat", name)
  }

  /// The target of a symbolic link in this directory, unresolved. With an empty name: of this O_PATH descriptor.
  public borrowing func readSymbolicLink(_ name: ByteString) throws(SystemError) -> ByteString {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let number = rawValue
    let result = try unsafe withPath(name) { path in
      unsafe buffer.withUnsafeMutableBytes { bytes in
        unsafe bytes.withMemoryRebound(to: CChar.self) { characters in
          unsafe clinux_readlinkat(number, path, characters.baseAddress, characters.count)
        }
      }
    }
    return ByteString(buffer[..<(try check(result, "readlinkat", name))])
  }

  /// Removes a file from this directory.
  public borrowing func remove(_ name: ByteString) throws(SystemError) {
    let number = rawValue
    try check(try unsafe withPath(name) { unsafe clinux_unlinkat(number, $0, 0) }, "unlinkat", name)
  }

  /// Removes an empty directory from this directory.
  public borrowing func removeDirectory(_ name: ByteString) throws(SystemError) {
    let number = rawValue
    try check(
      try unsafe withPath(name) { unsafe clinux_unlinkat(number, $0, 0x200 /* AT_REMOVEDIR */) }, "unlinkat", name)
  }

  /// Renames within this directory, replacing what has the new name.
  public borrowing func rename(_ from: ByteString, to: ByteString) throws(SystemError) {
    let number = rawValue
    let result = try unsafe withPaths(from, to) { unsafe clinux_renameat2(number, $0, number, $1, 0) }
    try check(result, "renameat2", from)
  }

  /// Renames by paths of this program's own, on one file system, replacing what has the new name.
  public static func rename(_ from: ByteString, to: ByteString) throws(SystemError) {
    let here = currentDirectory
    let result = try unsafe withPaths(from, to) { unsafe clinux_renameat2(here, $0, here, $1, 0) }
    try check(result, "renameat2", from)
  }

  /// Sets the permission bits of the open file.
  public borrowing func setPermissions(_ mode: UInt32) throws(SystemError) {
    try check(clinux_fchmod(rawValue, mode), "fchmod", name)
  }

  /// Sets owner and group of the open file.
  public borrowing func setOwner(uid: UInt32, gid: UInt32) throws(SystemError) {
    let number = rawValue
    let flags = Int32(CLINUX_AT_EMPTY_PATH)
    try check(try unsafe withPath("") { unsafe clinux_fchownat(number, $0, uid, gid, flags) }, "fchownat", name)
  }

  /// The names in this directory without `.` and `..`, in the kernel's order.
  ///
  /// The descriptor must be freshly opened or rewound: the kernel keeps a position.
  public borrowing func entries() throws(SystemError) -> [ByteString] {
    var names: [ByteString] = []
    var buffer = [UInt8](repeating: 0, count: 8192)
    let number = rawValue
    while true {
      let length = try check(
        unsafe buffer.withUnsafeMutableBytes { unsafe clinux_getdents64(number, $0.baseAddress, $0.count) },
        "getdents64", name)
      if length == 0 { return names }
      var offset = 0
      while offset < length {
        // struct linux_dirent64: inode 8 bytes, offset 8, record length 2, type 1, then the terminated name.
        let record = Int(buffer[offset + 16]) | Int(buffer[offset + 17]) << 8
        let entry = ByteString(buffer[(offset + 19)..<(offset + record)].prefix { $0 != 0 })
        if entry != "." && entry != ".." { names.append(entry) }
        offset += record
      }
    }
  }
}
