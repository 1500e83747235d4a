import Bytes
import Linux
import Policy
import Testing

@testable import VerifiedImage

/// The check of an image file, block by block. Nothing is mounted.
@Suite struct VerifyingTests {
  @Test func genuineImageHandsOverItsData() throws {
    let node = try TestNode()
    var data: [UInt8] = []
    let image = try UnverifiedImageFile(node.geometry, in: [node.images])
    try image.verify { (piece) throws(ImageError) in data += piece }
    #expect(data.count == Int(node.geometry.dataBlocks * VerityGeometry.blockSize))
    #expect(data == (try image.file.read(exactly: data.count, at: 0)))
    try node.remove()
  }

  @Test(
    arguments: [
      (1, []), (2, [1]), (128, [1]), (129, [2, 1]), (16384, [128, 1]), (16385, [129, 2, 1]), (1 << 40, nil),
    ] as [(UInt64, [UInt64]?)])
  func treeHasTheLevelsOfTheKernelFormat(blocks: UInt64, levels: [UInt64]?) {
    let tree = VerityTree(dataBlocks: blocks)
    if let levels { #expect(tree.levels == levels) }
    #expect(tree.levels.last ?? 1 == 1)
  }

  @Test func singleBlockIsTheRootHashItself() throws {
    let node = try TestNode(padding: 0)
    try #require(node.geometry.dataBlocks == 1)
    try UnverifiedImageFile(node.geometry, in: [node.images]).verify()
    try node.flip(at: 4000)
    #expect(throws: ImageError.corrupt(path: node.file, .data, block: 0)) {
      try UnverifiedImageFile(node.geometry, in: [node.images]).verify()
    }
    try node.remove()
  }

  @Test(arguments: [0, 4095, 4096, 77 * 4096 + 5])
  func flippedDataByteIsNamedByItsBlock(offset: UInt64) throws {
    let node = try TestNode()
    try node.flip(at: offset)
    #expect(throws: ImageError.corrupt(path: node.file, .data, block: offset / 4096)) {
      try UnverifiedImageFile(node.geometry, in: [node.images]).verify()
    }
    try node.remove()
  }

  @Test(arguments: [0, 4096 + 17, 2 * 4096])
  func flippedTreeByteIsNamedByItsBlock(offset: UInt64) throws {
    let node = try TestNode()
    try #require(node.geometry.fileSize == node.geometry.hashOffset + 3 * 4096)
    try node.flip(at: node.geometry.hashOffset + offset)
    #expect(throws: ImageError.corrupt(path: node.file, .hashTree, block: offset / 4096)) {
      try UnverifiedImageFile(node.geometry, in: [node.images]).verify()
    }
    try node.remove()
  }

  /// Each edit of what a superblock would say: the same root hash then names other contents, or none.
  @Test func editedGeometryIsRefused() throws {
    let node = try TestNode()
    let genuine = node.geometry
    func edited(_ salt: ByteString, _ blocks: UInt64, _ offset: UInt64) throws -> VerityGeometry {
      try #require(VerityGeometry(rootHash: genuine.rootHash, salt: salt, dataBlocks: blocks, hashOffset: offset))
    }
    let (salt, blocks, offset) = (genuine.salt, genuine.dataBlocks, genuine.hashOffset)
    let edits = [
      try edited("", blocks, offset),
      try edited(ByteString(salt.bytes.reversed()), blocks, offset),
      // One level less: the hash blocks of level 0 shown as data.
      try edited(salt, 2, offset),
      try edited(salt, 1, offset),
      try edited(salt, blocks, offset + 4096),
    ]
    for edit in edits {
      #expect(throws: ImageError.self) { try UnverifiedImageFile(edit, in: [node.images]).verify() }
    }
    try node.remove()
  }

  @Test(arguments: [-1, 1, 4096, -4096])
  func otherSizeIsRefusedBeforeAnythingIsRead(change: Int64) throws {
    let node = try TestNode()
    let size = node.geometry.fileSize
    let actual = UInt64(Int64(size) + change)
    try FileDescriptor.open(node.file, .readWrite).truncate(to: Int64(actual))
    #expect(throws: ImageError.size(path: node.file, expected: size, actual: actual)) {
      _ = try UnverifiedImageFile(node.geometry, in: [node.images])
    }
    try node.remove()
  }

  @Test func linkOrFifoInPlaceOfTheFileIsRefused() throws {
    let node = try TestNode()
    let name = TestNode.fileName(node.geometry)
    let directory = try FileDescriptor.open(node.images, [.readOnly, .directory])
    try directory.rename(name, to: "moved")
    #expect(throws: ImageError.missing(name: name, directories: [node.images])) {
      _ = try UnverifiedImageFile(node.geometry, in: [node.images])
    }
    try directory.makeSymbolicLink(name, to: "moved")
    let loop = SystemError(call: "openat2", errno: ErrorNumber.ELOOP, object: node.file)
    #expect(throws: ImageError.system(loop)) { _ = try UnverifiedImageFile(node.geometry, in: [node.images]) }
    try directory.remove(name)
    try directory.makeNode(name, .fifo, permissions: 0o600)
    #expect(throws: ImageError.notRegular(path: node.file)) {
      _ = try UnverifiedImageFile(node.geometry, in: [node.images])
    }
    try node.remove()
  }

  @Test func laterDirectoryIsUsedWhereTheFirstHasNoSuchFile() throws {
    let node = try TestNode()
    try UnverifiedImageFile(node.geometry, in: ["/nonexistent", node.run, node.images]).verify()
    try node.remove()
  }
}
