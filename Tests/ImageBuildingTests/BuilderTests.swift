import Bytes
import Linux
import Policy
import Testing
import VerifiedImage

@testable import ImageBuilding

/// From a tree to an image file.
@Suite struct BuilderTests {
  /// Every kind of file, layout and attribute that the writer knows.
  private func tree() throws -> FileTree {
    let tree = FileTree()
    func add(_ path: ByteString, _ bytes: [UInt8], _ attributes: FileAttributes = FileAttributes(permissions: 0o644))
      throws
    {
      try tree.place(FileNode(.regular(FileContents(bytes)), attributes), at: path)
    }
    try add("empty", [])
    try add("small", Array("small".utf8), FileAttributes(permissions: 0o4755, uid: 70000, gid: 5))
    try add("inline", [UInt8](repeating: 1, count: 2048))
    try add("block", [UInt8](repeating: 2, count: 2049))
    try add("whole", [UInt8](repeating: 3, count: 8192))
    try add("large", (0..<300_000).map { UInt8(truncatingIfNeeded: $0 / 7) })
    try add("sparse", [UInt8](repeating: 0, count: 1 << 20) + [9])
    try add(
      "attributes", Array("x".utf8),
      FileAttributes(
        permissions: 0o755,
        extended: [
          "security.capability": [1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
          "user.long": [UInt8](repeating: 7, count: 3000),
        ]))
    let linked = FileNode(.regular(FileContents(Array("linked".utf8))), FileAttributes(permissions: 0o600))
    try tree.place(linked, at: "links/one")
    try tree.place(linked, at: "links/two")
    try tree.place(
      FileNode(.symbolicLink("../small"), FileAttributes(permissions: 0o777)), at: "links/symbolic")
    for number in 0..<500 { try add(ByteString("many/a-name-of-some-length-\(number)"), Array("\(number)".utf8)) }
    return tree
  }

  /// The bytes are the promise: another root hash here is another image for every author, and for every policy that
  /// pins one. This constant changes only together with the format, and the change log says so.
  @Test func sameTreeGivesTheSameBytesForEver() throws {
    let directory = try TestDirectory()
    let built = try ImageBuilder(output: directory.path).build(try tree(), MountPoints(standard: true, more: []))
    #expect(
      Hex.encode(built.geometry.rootHash.bytes)
        == "7f384c7c92f49f028788142091e97ae12f2d1bfc23f7d471456cb10abdafd10c")
    let again = try ImageBuilder(output: directory.path).build(try tree(), MountPoints(standard: true, more: []))
    #expect(again.geometry == built.geometry)
    let left = try FileDescriptor.open(directory.path, [.readOnly, .directory]).entries()
    #expect(left == [built.path.lastPathComponent])
    try directory.remove()
  }

  @Test func nodesCheckIsSatisfied() throws {
    let directory = try TestDirectory()
    let built = try ImageBuilder(output: directory.path).build(try tree(), MountPoints(standard: false, more: []))
    try UnverifiedImageFile(built.geometry, in: [directory.path]).verify()
    _ = try TestDirectory.filter("/usr/bin/fsck.erofs", [built.path], [])
    try directory.remove()
  }

  /// Levels that are not full, one that is, and the shapes around the size that one processor takes.
  @Test(arguments: [2, 127, 128, 129, 1023, 1024, 1025, 4097, 16385] as [UInt64])
  func treeIsThatOfTheKernelFormat(blocks: UInt64) throws {
    let directory = try TestDirectory()
    let image = SharedFile(try FileDescriptor.open(directory.path.appending(path: "image"), [.readWrite, .create]))
    var data: [UInt8] = []
    data.reserveCapacity(Int(blocks) * 4096)
    for block in 0..<blocks { data += [UInt8](repeating: UInt8(truncatingIfNeeded: block), count: 4096) }
    try image.descriptor.writeAll(data)
    let salt: ByteString = "pepper"
    let root = try HashTree.append(to: image, dataBlocks: blocks, salt: salt) { _ in }
    let geometry = try #require(
      VerityGeometry(rootHash: root, salt: salt, dataBlocks: blocks, hashOffset: blocks * 4096))
    try FileDescriptor.rename(
      directory.path.appending(path: "image"),
      to: directory.path.appending(path: ByteString(Hex.encode(root.bytes) + ".erofs")))
    try UnverifiedImageFile(geometry, in: [directory.path]).verify()
    try directory.remove()
  }

  @Test func attributesWithoutAPlaceAreRefused() throws {
    let directory = try TestDirectory()
    for name in ["trusted.overlay.redirect", "user.overlay.opaque", "com.example.k", "user."] as [ByteString] {
      let tree = FileTree()
      let attributes = FileAttributes(permissions: 0o644, extended: [name: [1]])
      try tree.place(FileNode(.regular(FileContents([])), attributes), at: "file")
      #expect(throws: ImageBuildError.self) {
        _ = try ImageBuilder(output: directory.path).build(tree, MountPoints(standard: false, more: []))
      }
    }
    #expect(try FileDescriptor.open(directory.path, [.readOnly, .directory]).entries().isEmpty)
    try directory.remove()
  }

  @Test func fileThatChangesDuringTheBuildIsRefused() throws {
    let directory = try TestDirectory()
    try directory.write("source/file", [UInt8](repeating: 1, count: 100))
    let tree = try FileTree(directory: directory.path.appending(path: "source"), .init())
    try directory.write("source/file", [UInt8](repeating: 1, count: 101))
    #expect(
      throws: ImageBuildError.file(
        path: directory.path.appending(path: "source/file"), reason: "it changed while the image was built")
    ) {
      _ = try ImageBuilder(output: directory.path.appending(path: "out"))
        .build(tree, MountPoints(standard: false, more: []))
    }
    try directory.remove()
  }

  @Test func directoryIsTakenWithItsLinksOrWithWhatTheyLeadTo() throws {
    let directory = try TestDirectory()
    try directory.write("blobs/weights", Array("weights".utf8))
    try directory.write("snapshot/config", Array("config".utf8))
    let snapshot = try FileDescriptor.open(directory.path.appending(path: "snapshot"), [.readOnly, .directory])
    try snapshot.makeSymbolicLink("model", to: "../blobs/weights")
    let source = directory.path.appending(path: "snapshot")
    #expect(try FileTree(directory: source, .init()).listing == ["config", "model -> ../blobs/weights"])
    let followed = try FileTree(directory: source, .init(followLinks: true))
    #expect(followed.listing == ["config", "model"])
    #expect(try followed.text(at: "model") == "weights")
    try snapshot.makeSymbolicLink("again", to: ".")
    #expect(throws: ImageBuildError.self) { _ = try FileTree(directory: source, .init(followLinks: true)) }
    try directory.remove()
  }

  @Test func deviceOrFifoOfADirectoryIsRefused() throws {
    let directory = try TestDirectory()
    let top = try FileDescriptor.open(directory.path, [.readOnly, .directory])
    try top.makeNode("pipe", .fifo, permissions: 0o600)
    #expect(throws: ImageBuildError.self) { _ = try FileTree(directory: directory.path, .init()) }
    try directory.remove()
  }

  @Test func mountPointsAreAddedWhereTheyAreMissing() throws {
    let tree = FileTree()
    try tree.place(FileNode(.symbolicLink("/private/etc"), FileAttributes(permissions: 0o777)), at: "etc")
    try tree.place(FileNode(.symbolicLink("nowhere"), FileAttributes(permissions: 0o777)), at: "proc")
    try MountPoints(standard: true, more: ["/model"]).add(to: tree)
    #expect(
      tree.listing == [
        "dev/", "etc -> /private/etc", "model/", "private/", "private/etc/", "private/etc/hostname",
        "private/etc/hosts", "private/etc/resolv.conf", "proc -> nowhere", "run/", "sys/", "tmp/",
      ])
    #expect(tree.root.children["tmp"]?.attributes.permissions == 0o1777)
  }
}
