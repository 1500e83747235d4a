internal import Bytes
internal import Digest
internal import Linux
internal import Policy
internal import PolicyAuthoring
internal import VerifiedImage
internal import VerityDevice

/// A finished image file.
struct BuiltImage {
  let geometry: VerityGeometry
  let path: ByteString
  let config: ImageLock.Config?
}

/// Makes image files in a directory.
struct ImageBuilder {
  /// One for all: a file system is known by its contents alone.
  private static let uuid: ByteString = "77617264-0000-4000-8000-65726f667331"

  private let output: ByteString
  private let salt: Salt
  private let progress: Progress

  init(output: ByteString, salt: Salt, progress: Progress) throws {
    (self.output, self.salt, self.progress) = (output, salt, progress)
    _ = try FileDescriptor.makeDirectories(output, mode: 0o755)
  }

  /// Builds from a directory, which is only read.
  func build(directory: ByteString, keepOwner: Bool, mountPoints: MountPoints) throws -> BuiltImage {
    try withWorkplace { workplace in
      var tree = directory
      if try mountPoints.areMissing(in: try FileDescriptor.open(directory, [.readOnly, .directory])) {
        progress.report("copying \(directory)")
        tree = workplace.appending(path: "tree")
        try Tool("cp", package: "coreutils").run(["-a", "--reflink=auto", "--", directory, tree])
        try mountPoints.add(to: try FileDescriptor.open(tree, [.readOnly, .directory]))
      }
      // Attributes differ from machine to machine (security labels), as owners do.
      return try finish(tree, keepOwner ? [] : ["--all-root", "-x-1"], workplace, config: nil)
    }
  }

  /// Builds from an OCI image, with its owners and attributes.
  func build(_ oci: OCIImage, mountPoints: MountPoints) throws -> BuiltImage {
    try withWorkplace { workplace in
      progress.report("unpacking \(oci.layout):\(oci.tag)")
      let config = try oci.config()
      let tree = try oci.unpack(to: workplace.appending(path: "bundle"))
      try mountPoints.add(to: try FileDescriptor.open(tree, [.readOnly, .directory]))
      return try finish(tree, [], workplace, config: config)
    }
  }

  private func finish(
    _ tree: ByteString, _ options: [ByteString], _ workplace: ByteString, config: ImageLock.Config?
  ) throws -> BuiltImage {
    progress.report("building the EROFS file system")
    let file = workplace.appending(path: "image")
    try Tool("mkfs.erofs", package: "erofs-utils").run(["--quiet", "-T0", "-U" + Self.uuid] + options + [file, tree])
    progress.report("building the hash tree")
    let geometry = try Self.format(file, salt: salt)
    let path = output.appending(path: ByteString(Hex.encode(geometry.rootHash.bytes) + ".erofs"))
    let image = try FileDescriptor.open(file, .readWrite)
    try image.setPermissions(0o644)
    try image.synchronize()
    let expected = geometry.fileSize
    guard try image.status().size == expected else {
      throw ImageFailure(description: "\(file): libcryptsetup wrote another tree than dm-verity's format 1")
    }
    try FileDescriptor.rename(file, to: path)
    progress.end()
    return BuiltImage(geometry: geometry, path: path, config: config)
  }

  /// Appends the hash tree to a file system.
  private static func format(_ file: ByteString, salt: Salt) throws -> VerityGeometry {
    let image = try FileDescriptor.open(file, .readWrite)
    let size =
      (try image.status().size + VerityGeometry.blockSize - 1) / VerityGeometry.blockSize * VerityGeometry.blockSize
    try image.truncate(to: Int64(size))
    let salt =
      switch salt {
      case .derived: try digest(of: image)
      case .bytes(let bytes): bytes
      }
    let blocks = size / VerityGeometry.blockSize
    let rootHash = try VerityDevice(file).format(dataBlocks: blocks, hashOffset: size, salt: salt)
    guard let geometry = VerityGeometry(rootHash: rootHash, salt: salt, dataBlocks: blocks, hashOffset: size) else {
      throw ImageFailure(description: "\(file): no geometry for \(blocks) blocks")
    }
    return geometry
  }

  private static func digest(of file: borrowing FileDescriptor) throws(SystemError) -> ByteString {
    var hash = Hash(.sha256)
    while true {
      let part = try file.read(atMost: 1 << 20)
      if part.isEmpty { return hash.finalize() }
      hash.update(part)
    }
  }

  /// A directory beside the images, for as long as the body runs: the finished file only needs to be renamed.
  private func withWorkplace<Result>(_ body: (ByteString) throws -> Result) throws -> Result {
    let name = ByteString(".build-\(CurrentProcess.pid)")
    let directory = try FileDescriptor.open(output, [.readOnly, .directory])
    try directory.makeDirectory(name)
    let result: Result
    do {
      result = try body(output.appending(path: name))
    } catch {
      try directory.removeTree(name)
      throw error
    }
    try directory.removeTree(name)
    return result
  }
}
