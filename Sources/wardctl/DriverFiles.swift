internal import Bytes
internal import Digest
internal import ImageBuilding
internal import Linux

/// NVIDIA's driver as it is installed on a machine: its libraries of one version, and its firmware.
struct DriverFiles {
  struct Library {
    let path: ByteString
    /// Further names by which programs load it, ascending.
    let links: [ByteString]

    var name: ByteString { path.lastPathComponent }
  }

  /// Where distributions install libraries.
  static let directories: [ByteString] = [
    "usr/lib/x86_64-linux-gnu", "usr/lib/aarch64-linux-gnu", "usr/lib64", "usr/lib",
    "usr/lib/x86_64-linux-gnu/nvidia/current", "usr/lib/x86_64-linux-gnu/vdpau",
  ]
  private static let firmware: [ByteString] = ["usr/lib/firmware/nvidia", "lib/firmware/nvidia"]
  /// The library by which a driver is known, and the name that programs open without a version.
  private static let computing: ByteString = "libcuda.so"

  let version: ByteString
  /// By name.
  let libraries: [Library]
  /// The directory of the GPU's firmware; nil where there is none of this version.
  let firmware: ByteString?

  /// Looks through a root directory.
  ///
  /// - Throws: where there is no driver, or where libraries of two versions lie side by side: they load one another by
  ///   name, and a mixture fails at best.
  init(root: ByteString) throws {
    var files: [ByteString: ByteString] = [:]
    for directory in Self.directories.map({ root.appending(path: $0) }) {
      for name in try Self.entries(directory).sorted() where Self.version(of: name) != nil {
        let path = directory.appending(path: name)
        let status = try FileDescriptor.open(path, [.path, .noFollow]).status()
        guard status.kind == .regular else { continue }
        // The same file by way of a linked directory counts once.
        if files[name] == nil { files[name] = path }
      }
    }
    let versions = Set(files.keys.filter { $0.hasPrefix(Self.computing + ".") }.compactMap(Self.version))
    guard let version = versions.first else {
      throw ImageFailure(description: "\(root): no libcuda.so.VERSION: NVIDIA's driver is not installed there")
    }
    let others = files.keys.filter { name in
      Self.version(of: name) != version && (name.hasPrefix("libnvidia-") || name.hasPrefix(Self.computing))
    }
    guard versions.count == 1, others.isEmpty else {
      let mixed = (others + files.keys.filter { $0.hasPrefix(Self.computing + ".") }).sorted()
      throw ImageFailure(
        description: "\(root): expected one version of the driver, found "
          + Set(mixed).sorted().map(\.description).joined(separator: ", "))
    }
    self.version = version
    var taken: Set<ByteString> = []
    var libraries: [Library] = []
    for (name, path) in files.sorted(by: { $0.key < $1.key }) where Self.version(of: name) == version {
      var links: Set<ByteString> = []
      if let soname = try SharedObject.soname(of: path), soname != name { links.insert(soname) }
      if name.hasPrefix(Self.computing + ".") { links.insert(Self.computing) }
      for link in [name] + links where !taken.insert(link).inserted {
        throw ImageFailure(description: "\(path): \(link) is the name of two libraries")
      }
      libraries.append(Library(path: path, links: links.sorted()))
    }
    self.libraries = libraries
    firmware = try Self.firmware.map { root.appending(path: $0).appending(path: version) }.first {
      try !Self.entries($0).isEmpty
    }
  }

  /// `550.54.14` of `libcuda.so.550.54.14`: a driver's version has two or three numbers, of which the first has three digits;
  /// a soname's has one.
  static func version(of name: ByteString) -> ByteString? {
    let mark = Array(".so.".utf8)
    guard name.hasPrefix("lib"),
      let start = name.bytes.indices.first(where: { name.bytes[$0...].starts(with: mark) })
    else { return nil }
    let text = ByteString(name.bytes[(start + mark.count)...])
    let numbers = text.split(UInt8(ascii: "."))
    guard (2...3).contains(numbers.count), numbers[0].count == 3,
      numbers.allSatisfy({ !$0.isEmpty && $0.bytes.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } }
      )
    else { return nil }
    return text
  }

  private static func entries(_ path: ByteString) throws(SystemError) -> [ByteString] {
    do {
      return try FileDescriptor.open(path, [.readOnly, .directory]).entries()
    } catch  where error.errno == ErrorNumber.ENOENT || error.errno == ErrorNumber.ENOTDIR {
      return []
    }
  }

  /// Everything, as a container finds it at `/usr/local/nvidia`.
  func tree() throws(ImageBuildError) -> FileTree {
    let tree = FileTree()
    for library in libraries {
      let place: ByteString = "lib64/"
      try tree.place(try FileNode(file: library.path, FileAttributes(permissions: 0o755)), at: place + library.name)
      for link in library.links {
        try tree.place(
          FileNode(.symbolicLink(library.name), FileAttributes(permissions: 0o777)), at: place + link)
      }
    }
    if let firmware {
      try tree.place(try FileTree(directory: firmware, .init()).root, at: "firmware/" + version)
    }
    return tree
  }

  /// The libraries as a policy names files of the node.
  func policyText() throws -> [String] {
    try ["driverLibraries:"]
      + libraries.map { library in
        var hash = Hash(.sha256)
        let file = try FileDescriptor.open(library.path, .readOnly)
        while true {
          let part = try file.read(atMost: 1 << 20)
          if part.isEmpty { break }
          hash.update(part)
        }
        let links =
          library.links.isEmpty ? "" : ", links: [\(library.links.map(\.description).joined(separator: ", "))]"
        return "  - {path: \(library.path), sha256: \"\(Hex.encode(hash.finalize().bytes))\"\(links)}"
      }
  }
}
