import Bytes
import Cipher
import Linux
import Policy
import Testing
import VerifiedImage

@testable import ImageBuilding

/// Error correction codes: those of veritysetup, and what an image with them is to the rest of Ward.
@Suite struct ErrorCorrectionTests {
  /// The remainder of a message divided by the generator, by the definition: what is left has every root.
  @Test(arguments: [2, 7, 8, 9, 16, 24]) func codeWordsHaveEveryRoot(roots: Int) {
    let code = ReedSolomon(roots: roots)
    let messages = (0..<3).map { word in (0..<255 - roots).map { UInt8(truncatingIfNeeded: $0 * $0 * 7 + word * 31) } }
    var remainders = code.remainders(count: messages.count)
    for place in 0..<255 - roots { code.add(messages.map { $0[place] }, to: &remainders) }
    let parity = code.parity(remainders)
    for (index, message) in messages.enumerated() {
      let word = message + parity[index * roots..<(index + 1) * roots]
      var root = 1
      for _ in 0..<roots {
        // Horner's rule.
        #expect(word.reduce(0) { Self.product($0, root) ^ Int($1) } == 0)
        root = Self.product(root, 2)
      }
    }
  }

  /// In GF(2^8), bit by bit from the highest.
  private static func product(_ left: Int, _ right: Int) -> Int {
    (0..<8).reversed().reduce(0) { product, bit in
      let doubled = product << 1
      return (doubled > 255 ? doubled ^ 0x11d : doubled) ^ (right >> bit & 1 == 1 ? left : 0)
    }
  }

  /// An image of so many data blocks of its own, with its tree.
  private func image(blocks: UInt64, in directory: TestDirectory) throws -> (SharedFile, VerityGeometry) {
    let file = SharedFile(try FileDescriptor.open(directory.path.appending(path: "image"), [.readWrite, .create]))
    var (data, state): ([UInt8], UInt32) = ([], 1)
    data.reserveCapacity(Int(blocks) * 4096)
    for _ in 0..<blocks * 4096 {
      state = state &* 1_664_525 &+ 1_013_904_223
      data.append(UInt8(truncatingIfNeeded: state >> 24))
    }
    try file.descriptor.writeAll(data)
    let root = try HashTree.append(to: file, dataBlocks: blocks, salt: "pepper") { _ in }
    let geometry = VerityGeometry(rootHash: root, salt: "pepper", dataBlocks: blocks, hashOffset: blocks * 4096)
    return (file, try #require(geometry))
  }

  /// One code word's worth of blocks and less, distances around the size that one processor takes, and every width of a
  /// remainder.
  @Test(
    arguments: [
      (1, 2), (2, 24), (100, 3), (250, 2), (251, 2), (252, 9), (1000, 16), (1000, 17), (2311, 24), (8032, 2), (8100, 8),
    ] as [(UInt64, UInt64)])
  func codesAreThoseOfVeritysetup(blocks: UInt64, roots: UInt64) throws {
    let directory = try TestDirectory()
    let (file, plain) = try image(blocks: blocks, in: directory)
    let geometry = try #require(plain.corrected(roots: roots))
    let other = directory.path.appending(path: "other")
    try directory.write(
      "other", try FileDescriptor.contents(of: directory.path.appending(path: "image"), limit: 1 << 26))
    try ErrorCorrection.append(to: file, geometry) { _ in }
    _ = try TestDirectory.filter(
      "/usr/sbin/veritysetup",
      [
        "format", "--no-superblock", ByteString("--data-blocks=\(blocks)"),
        ByteString("--hash-offset=\(blocks * 4096)"),
        "--salt=" + ByteString(Hex.encode(Array("pepper".utf8))), "--fec-device=" + other,
        ByteString("--fec-offset=\(plain.fileSize)"), ByteString("--fec-roots=\(roots)"), other, other,
      ], [])
    let ours = try FileDescriptor.contents(of: directory.path.appending(path: "image"), limit: 1 << 26)
    let theirs = try FileDescriptor.contents(of: other, limit: 1 << 26)
    #expect(ours.count == Int(geometry.fileSize) && ours == theirs)
    try directory.remove()
  }

  private func tree() throws -> FileTree {
    let tree = FileTree()
    let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 / 3) }
    try tree.place(FileNode(.regular(FileContents(bytes)), FileAttributes(permissions: 0o644)), at: "weights")
    return tree
  }

  @Test func imageWithCodesIsTheSameImage() throws {
    let directory = try TestDirectory()
    let none = MountPoints(standard: false, more: [])
    let plain = try ImageBuilder(output: directory.path).build(try tree(), none)
    let bytes = try FileDescriptor.contents(of: plain.path, limit: 1 << 26)
    let built = try ImageBuilder(output: directory.path, fecRoots: 5).build(try tree(), none)
    #expect(built.path == plain.path && built.geometry == plain.geometry.corrected(roots: 5))
    let corrected = try FileDescriptor.contents(of: built.path, limit: 1 << 26)
    #expect(corrected.count == Int(built.geometry.fileSize) && Array(corrected.prefix(bytes.count)) == bytes)
    // A geometry without the codes is that of another file.
    #expect(throws: ImageError.self) { _ = try UnverifiedImageFile(plain.geometry, in: [directory.path]) }
    #expect(try ImageBuilder.geometry(of: built.path, salt: .derived, progress: { _ in }) == built.geometry)
    try directory.remove()
  }

  /// Of an encrypted image the codes are those of what it decrypts to, and encrypted like the rest.
  @Test func codesOfAnEncryptedImageAreCheckedByWhoeverHasTheKey() throws {
    let directory = try TestDirectory()
    let builder = try ImageBuilder(output: directory.path, fecRoots: 3)
    let none = MountPoints(standard: false, more: [])
    let plain = try builder.build(try tree(), none)
    let built = try builder.build(try tree(), none, key: Self.key())
    let cipher = try SectorCipher(Self.key(), .decrypt)
    var bytes = try FileDescriptor.contents(of: built.path, limit: 1 << 26)
    try cipher.apply(to: &bytes, sector: 0)
    #expect(try FileDescriptor.contents(of: plain.path, limit: 1 << 26) == bytes)
    let image = try UnverifiedImageFile(built.geometry, isEncrypted: true, in: [directory.path])
    try image.verifyErrorCorrection(
      decrypt: { (bytes, block) throws(ImageError) in
        do throws(CipherError) { try cipher.apply(to: &bytes, sector: block) } catch { Issue.record("\(error)") }
      })
    #expect(throws: ImageBuildError.self) { try image.verifyErrorCorrection(decrypt: nil) }
    try directory.remove()
  }

  private static func key() throws -> ImageKey {
    let pipe = try FileDescriptor.pipe()
    try pipe.second.writeAll((0..<64).map { UInt8($0 + 1) })
    return try pipe.split { (reading, writing) throws in
      writing.close()
      return try ImageKey(reading: reading)
    }
  }

  /// The hash tree says nothing of the codes: they are compared with what they should be.
  @Test func alteredCodesAreFoundByTheirBlock() throws {
    let directory = try TestDirectory()
    let built = try ImageBuilder(output: directory.path, fecRoots: 5)
      .build(try tree(), MountPoints(standard: false, more: []))
    let fec = try #require(built.geometry.fec)
    let file = try FileDescriptor.open(built.path, .readWrite)
    let place = Int64((fec.start + fec.codeBlocks - 2) * 4096 + 17)
    let byte = try file.read(exactly: 1, at: place)
    try file.writeAll([byte[0] ^ 1], at: place)
    let image = try UnverifiedImageFile(built.geometry, in: [directory.path])
    try image.verify()
    let reason = "block \(fec.codeBlocks - 2) of the error correction codes is not that of the image"
    #expect(throws: ImageBuildError.file(path: built.path, reason: reason)) {
      try image.verifyErrorCorrection(decrypt: nil)
    }
    #expect(throws: ImageBuildError.file(path: built.path, reason: reason)) {
      _ = try ImageBuilder.geometry(of: built.path, salt: .derived, progress: { _ in })
    }
    try file.writeAll(byte, at: place)
    try image.verifyErrorCorrection(decrypt: nil)
    try directory.remove()
  }
}
