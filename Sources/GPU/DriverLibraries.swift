public import Bytes
internal import Digest
public import Linux
public import Policy

/// Libraries of the node's driver for a container.
public enum DriverLibraries {
  /// The directory in which they lie.
  public static let directory: ByteString = "lib64"
  /// The greatest library, in bytes.
  private static let limit: UInt64 = 4 << 30

  /// A detached RAM disk with copies. What was digested is what lies there: the file of the node is read once, and a later
  /// change of it changes nothing.
  public static func tree(of libraries: [GPURule.Library]) throws(GPUError) -> FileDescriptor {
    let tree = try system { () throws(SystemError) in
      let context = try FileSystemContext("tmpfs")
      try context.set("source", to: "gpu-driver")
      try context.set("mode", to: "755")
      return try context.mount([.noSetuid, .noDevices])
    }
    try fill(tree, with: libraries)
    return tree
  }

  /// Writes the libraries and their links into a directory.
  static func fill(_ tree: borrowing FileDescriptor, with libraries: [GPURule.Library]) throws(GPUError) {
    try system { () throws(SystemError) in try tree.makeDirectory(directory, mode: 0o755) }
    let place = SharedFile(
      try system { () throws(SystemError) in
        try tree.open(directory, [.path, .directory, .noFollow], resolve: [.beneath, .noSymlinks])
      })
    for library in libraries {
      try copy(library, to: place.descriptor)
      try system { () throws(SystemError) in
        for link in library.links { try place.descriptor.makeSymbolicLink(link, to: library.name) }
      }
    }
  }

  private static func copy(_ library: GPURule.Library, to place: borrowing FileDescriptor) throws(GPUError) {
    let digest = try system { () throws(SystemError) in
      let source = try FileDescriptor.open(library.path, [.readOnly, .nonBlocking], resolve: .noMagicLinks)
      let status = try source.status()
      guard status.kind == .regular, status.size <= limit else {
        throw SystemError(call: "statx", errno: ErrorNumber.EINVAL, object: library.path)
      }
      let target = try place.open(
        library.name, [.writeOnly, .create, .exclusive, .noFollow], resolve: [.beneath, .noSymlinks], mode: 0o755)
      try target.setPermissions(0o755)
      var hash = Hash(.sha256)
      while true {
        let part = try source.read(atMost: 1 << 20)
        if part.isEmpty { return hash.finalize() }
        hash.update(part)
        try target.writeAll(part)
      }
    }
    guard digest == library.digest else {
      throw .library(path: library.path, expected: library.digest, actual: digest)
    }
  }
}
