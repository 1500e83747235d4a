import Bytes
import Linux
import Policy
import Testing

@testable import VerifiedImage

/// Directories that stand for a node's, and an image file that was made by Debian's programs.
struct TestNode {
  let base: ByteString
  var images: ByteString { base.appending(path: "images") }
  var run: ByteString { base.appending(path: "run") }
  let geometry: VerityGeometry

  /// Whether this process may mount, so that tests of live images can run at all.
  static let canMount: Bool = {
    do {
      guard CurrentProcess.effectiveUser == 0 else { return false }
      _ = try FileDescriptor.open("/dev/loop-control", .readWrite)
      return try !Swap.isOn()
    } catch { return false }
  }()

  static let canMap: Bool = {
    do {
      _ = try FileDescriptor.open("/dev/mapper/control", .readWrite)
      return canMount
    } catch { return false }
  }()

  static let salt = ByteString((0..<32).map { UInt8($0) })
  /// Lies in the data of the image's only file.
  static let content = ByteString("a line that only this image has\n")

  /// - Parameter padding: bytes of a second file, so that the tree has more than one level from 512 KiB on.
  init(padding: Int = 600_000) throws {
    base = ByteString("/tmp/ward-image-tests-\(CurrentProcess.pid)-\(try Timestamp.now().nanoseconds)")
    let tree = base.appending(path: "tree")
    let directory = try FileDescriptor.makeDirectories(tree)
    _ = try FileDescriptor.makeDirectories(base.appending(path: "images"))
    _ = try FileDescriptor.makeDirectories(base.appending(path: "run/containers"))
    try directory.replace("content", with: Self.content.bytes)
    var contents: [UInt8] = []
    while contents.count < padding { contents += [UInt8](repeating: UInt8(contents.count / 4096 % 251), count: 4096) }
    try directory.replace("padding", with: contents)
    let image = base.appending(path: "image")
    try Self.tool("/usr/bin/mkfs.erofs", ["--quiet", "-T0", "-U00000000-0000-4000-8000-000000000000", image, tree])
    let size = try FileDescriptor.open(image, .readOnly).status().size
    let root = base.appending(path: "root-hash")
    try Self.tool(
      "/usr/sbin/veritysetup",
      [
        "format", "--no-superblock", ByteString("--hash-offset=\(size)"),
        "--salt=" + ByteString(Hex.encode(Self.salt.bytes)),
        "--root-hash-file=" + root, image, image,
      ])
    let rootHash = try #require(Hex.decode(ByteString(try FileDescriptor.contents(of: root, limit: 64))))
    geometry = try #require(
      VerityGeometry(
        rootHash: ByteString(rootHash), salt: Self.salt, dataBlocks: size / VerityGeometry.blockSize, hashOffset: size))
    try FileDescriptor.rename(image, to: base.appending(path: "images").appending(path: Self.fileName(geometry)))
  }

  static func fileName(_ geometry: VerityGeometry) -> ByteString {
    ByteString(Hex.encode(geometry.rootHash.bytes) + ".erofs")
  }

  static func tool(_ program: ByteString, _ arguments: [ByteString]) throws {
    let finished = try FinishedProgram.run(program, arguments)
    try #require(finished.status == 0, "\(program): \(ByteString(finished.errors))")
  }

  var file: ByteString { images.appending(path: Self.fileName(geometry)) }

  func image(_ integrity: Integrity = .memory, _ geometry: VerityGeometry? = nil) -> Image {
    Image(name: "test", geometry: geometry ?? self.geometry, integrity: integrity)
  }

  func store(keep: Bool = false) throws -> ImageStore {
    ImageStore(run: run, directories: [images], verity: try Self.verity(), keep: keep)
  }

  /// The program beside this test bundle.
  static func verity() throws -> ByteString {
    try FileDescriptor.open("/proc/self", .path).readSymbolicLink("exe").parentPath.appending(path: "ward-verity")
  }

  /// A container of the node, as far as images are concerned.
  func container(_ name: ByteString) throws -> ContainerID {
    let id = try #require(ContainerID(name))
    _ = try FileDescriptor.makeDirectories(run.appending(path: "containers").appending(path: name))
    return id
  }

  /// Changes one byte of the image file.
  func flip(at offset: UInt64) throws {
    let image = try FileDescriptor.open(file, .readWrite)
    let byte = try image.read(exactly: 1, at: Int64(offset))
    try image.seek(to: Int64(offset))
    try image.writeAll([byte[0] ^ 1])
    try image.synchronize()
  }

  /// How many mounts and loop devices of this node there are.
  func leftovers() throws -> Int {
    let mounts = ByteString(try FileDescriptor.contents(of: "/proc/self/mountinfo", limit: 4 << 20))
    let here = mounts.split(UInt8(ascii: "\n")).count { $0.split(UInt8(ascii: " ")).contains { $0.hasPrefix(run) } }
    var loops = 0
    for name in try FileDescriptor.open("/sys/block", [.readOnly, .directory]).entries() where name.hasPrefix("loop") {
      let number = UInt32(decimal: ByteString(name.bytes.dropFirst(4)))
      let device = DeviceNumber(major: LoopDevice.major, minor: try #require(number))
      let backing = try LoopDevice.backing(of: device)
      if let path = backing?.path, path == MemoryImage.backingPath(geometry) || path == file { loops += 1 }
    }
    return here + loops
  }

  func remove() throws {
    let parent = try FileDescriptor.open(base.parentPath, [.readOnly, .directory])
    try parent.removeTree(base.lastPathComponent)
  }
}
