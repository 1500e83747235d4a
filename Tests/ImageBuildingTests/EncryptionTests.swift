import Bytes
import Cipher
import Linux
import Policy
import Testing
import VerifiedImage

@testable import ImageBuilding

/// From a tree to an encrypted image file.
@Suite struct EncryptionTests {
  private func tree(size: Int) throws -> FileTree {
    let tree = FileTree()
    let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 / 3) }
    try tree.place(FileNode(.regular(FileContents(bytes)), FileAttributes(permissions: 0o644)), at: "weights")
    return tree
  }

  private func key(_ first: UInt8) throws -> ImageKey {
    let pipe = try FileDescriptor.pipe()
    try pipe.second.writeAll((0..<64).map { $0 == 0 ? first : UInt8($0) })
    return try pipe.split { (reading, writing) throws in
      writing.close()
      return try ImageKey(reading: reading)
    }
  }

  private func mountPoints() -> MountPoints { MountPoints(standard: false, more: []) }

  /// More than one piece of each of the processors' work; and a file of one sector.
  @Test(arguments: [1, 9_000_000]) func encryptedImageDecryptsToTheImage(size: Int) throws {
    let directory = try TestDirectory()
    let builder = try ImageBuilder(output: directory.path)
    let plain = try builder.build(try tree(size: size), mountPoints())
    let encrypted = try builder.build(try tree(size: size), mountPoints(), key: key(200))
    #expect(encrypted.geometry == plain.geometry)
    #expect(encrypted.path == ByteString("\(plain.path)".replacing(".erofs", with: ".crypt")))
    let contents = try FileDescriptor.contents(of: plain.path, limit: 64 << 20)
    var bytes = try FileDescriptor.contents(of: encrypted.path, limit: 64 << 20)
    #expect(bytes.count == contents.count && bytes != contents)
    // Not a block is as it was, nor like another one.
    let blocks = stride(from: 0, to: bytes.count, by: 4096).map { Array(bytes[$0..<$0 + 4096]) }
    #expect(Set(blocks).count == blocks.count)
    #expect(
      zip(blocks, stride(from: 0, to: bytes.count, by: 4096)).allSatisfy { $0 != Array(contents[$1..<$1 + 4096]) })
    try SectorCipher(key(200), .decrypt).apply(to: &bytes, sector: 0)
    #expect(bytes == contents)
    try directory.remove()
  }

  @Test func encryptedFileIsCheckedByWhoeverHasTheKey() throws {
    let directory = try TestDirectory()
    let made = try ImageBuilder(output: directory.path).build(try tree(size: 600_000), mountPoints(), key: key(200))
    func verify(_ key: consuming ImageKey) throws -> Int {
      let cipher = try SectorCipher(key, .decrypt)
      var count = 0
      try UnverifiedImageFile(made.geometry, isEncrypted: true, in: [directory.path]).verify(
        decrypt: { (bytes, block) throws(ImageError) in
          do throws(CipherError) { try cipher.apply(to: &bytes, sector: block) } catch { Issue.record("\(error)") }
        }, take: { count += $0.count })
      return count
    }
    #expect(try verify(key(200)) == Int(made.geometry.dataBlocks * VerityGeometry.blockSize))
    #expect(throws: ImageError.corrupt(path: made.path, .hashTree, block: 0)) { _ = try verify(key(201)) }
    try directory.remove()
  }

  /// What an author with the file and its key finds is what the build has said; without the right key it is nothing.
  @Test(arguments: [(1, nil), (600_000, nil), (600_000, 2)] as [(Int, UInt64?)])
  func geometryIsFoundWithTheKeyAlone(size: Int, fecRoots: UInt64?) throws {
    let directory = try TestDirectory()
    let builder = try ImageBuilder(output: directory.path, fecRoots: fecRoots)
    let made = try builder.build(try tree(size: size), mountPoints(), key: key(200))
    func geometry(_ key: consuming ImageKey) throws -> VerityGeometry {
      let cipher = try SectorCipher(key, .decrypt)
      return try ImageBuilder.geometry(
        of: made.path, salt: .derived,
        decrypt: { (bytes, block) throws(ImageError) in
          do throws(CipherError) { try cipher.apply(to: &bytes, sector: block) } catch { Issue.record("\(error)") }
        }, progress: { _ in })
    }
    #expect(try geometry(key(200)) == made.geometry)
    #expect(
      throws: ImageBuildError.file(
        path: made.path, reason: "no EROFS image of this program, or cut off, or encrypted with another key")
    ) { try geometry(key(201)) }
    #expect(throws: ImageBuildError.file(path: made.path, reason: "expected a name of the form <root hash>.erofs")) {
      try ImageBuilder.geometry(of: made.path, salt: .derived) { _ in }
    }
    try directory.remove()
  }
}
