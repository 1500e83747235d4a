internal import Bytes
internal import Linux
internal import Policy

extension InitProcess {
  /// Changes kernel settings of the container's namespaces, through the node's procfs: that of the container could be
  /// covered by now (CVE-2025-52881).
  borrowing func changeSettings() throws(ContainerError) {
    guard let settings = sources.settings else { return }
    for sysctl in plan.sysctls {
      try step("sysctl \(sysctl.key)") { () throws(SystemError) in
        let file = try settings.descriptor.open(
          InitProcess.path(ofSetting: sysctl.key), .writeOnly, resolve: [.beneath, .noSymlinks, .noCrossDevice])
        try file.writeAll(sysctl.value.bytes)
      }
    }
  }

  /// The path of a setting below `/proc/sys`: dots separate, and a slash stands for a dot in a name (sysctl(8)).
  static func path(ofSetting key: ByteString) -> ByteString {
    ByteString(
      key.bytes.map { byte in
        switch byte {
        case UInt8(ascii: "."): UInt8(ascii: "/")
        case UInt8(ascii: "/"): UInt8(ascii: ".")
        default: byte
        }
      })
  }

  /// Covers what the container must not see, and makes read-only what it must not change. A path that the container
  /// does not have needs neither.
  ///
  /// - Parameter null: The null device in the container's own `/dev`.
  borrowing func conceal(in tree: borrowing FileTree, null: SharedFile?) throws(ContainerError) {
    let nothing: SharedFile?
    if let null { nothing = null } else { nothing = try InitProcess.findNull(in: tree, for: plan.maskedPaths) }
    var empty: SharedFile?
    for path in plan.maskedPaths {
      try step("mask \"\(path)\"") { () throws(SystemError) in
        guard let place = try InitProcess.existing(path, in: tree) else { return }
        if try place.descriptor.status().kind == .directory {
          let cover = try InitProcess.emptyDirectory(after: empty)
          try cover.descriptor.attachMount(onto: place.descriptor)
          empty = cover
        } else if let nothing {
          try nothing.descriptor.cloneMount().attachMount(onto: place.descriptor)
        }
      }
    }
    for path in plan.readonlyPaths {
      try step("read-only \"\(path)\"") { () throws(SystemError) in
        guard let place = try InitProcess.existing(path, in: tree) else { return }
        let cover = try place.descriptor.cloneMount(recursive: true)
        try cover.setMount(.readOnly, recursive: true)
        try cover.attachMount(onto: place.descriptor)
      }
    }
  }

  /// One empty file system serves all masked directories.
  private static func emptyDirectory(after first: SharedFile?) throws(SystemError) -> SharedFile {
    if let first { return SharedFile(try first.descriptor.cloneMount()) }
    return SharedFile(
      try FileSystemContext("tmpfs").mount([.readOnly, .noSetuid, .noDevices, .noExec]))
  }

  private static func existing(_ path: ByteString, in tree: borrowing FileTree) throws(SystemError) -> SharedFile? {
    do {
      return SharedFile(try tree.find(path))
    } catch  where error.errno == ErrorNumber.ENOENT || error.errno == ErrorNumber.ENOTDIR {
      return nil
    }
  }

  /// The null device of a `/dev` that was bound from the node.
  private static func findNull(in tree: borrowing FileTree, for paths: [ByteString]) throws(ContainerError)
    -> SharedFile?
  {
    if paths.isEmpty { return SharedFile?.none }
    let null = try step("mask") { () throws(SystemError) in SharedFile(try tree.find("/dev/null", .refused)) }
    try StandardStreams.verifyNull(null.descriptor)
    return null
  }
}
