import Bytes
import Linux
import Policy
import Synchronization
import Testing
import VerifiedImage

@testable import ImageBuilding

/// Contents on their way into the image, in pieces and on all processors.
@Suite struct WritingTests {
  private static let block = 4096

  /// Bytes of which no two blocks are equal.
  private func bytes(_ count: Int, seed: Int = 0) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ ($0 >> 12 &+ seed) &* 31) | 1 }
  }

  private func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }

  /// Sizes around those of blocks, chunks, and what is read at once. Files with holes have their test where the kernel reads
  /// them (images.sh).
  @Test func anotherReaderFindsTheFilesAsTheyWere() throws {
    let directory = try TestDirectory()
    let (chunk, batch) = (65536, 64 * Self.block)
    var files: [ByteString: [UInt8]] = [:]
    for size in [
      0, 1, 2048, 2049, 4095, 4096, 4097, chunk - 1, chunk, chunk + 1, batch - 1, batch, batch + 1, 3 * batch + 5,
    ] {
      files[ByteString("size-\(size)")] = bytes(size, seed: size)
    }
    // No holes: too short, not at the start of a chunk, and with a byte at the very end.
    files["short"] = zeros(chunk - 1)
    files["between"] = bytes(100) + zeros(chunk) + bytes(chunk)
    files["one-byte"] = zeros(chunk - 1) + [1] + zeros(20)
    for (name, contents) in files { try directory.write("source/" + name, contents) }
    let tree = try FileTree(directory: directory.path.appending(path: "source"), .init())
    let built = try ImageBuilder(output: directory.path).build(tree, MountPoints(standard: false, more: []))
    try UnverifiedImageFile(built.geometry, in: [directory.path]).verify()
    let extracted = directory.path.appending(path: "extracted")
    _ = try TestDirectory.filter("/usr/bin/fsck.erofs", ["--extract=" + extracted, built.path], [])
    for (name, contents) in files {
      #expect(try FileDescriptor.contents(of: extracted.appending(path: name), limit: 1 << 24) == contents, "\(name)")
    }
    try directory.remove()
  }

  @Test func onlyWholePiecesOfZerosAreHoles() throws {
    let contents = zeros(8192) + [1] + zeros(4095 + 8192) + zeros(100)
    for size in [4096, 8192] as [UInt64] {
      let found = try FileContents(contents).zeroPieces(of: size) { _ in }
      #expect(found == (size == 4096 ? [0, 1, 3, 4] : [0]))
    }
  }

  @Test func blocksAreReadAcrossTheEndsOfFiles() throws {
    var plan = BlockPlan()
    let (first, second) = (bytes(3 * Self.block - 5), bytes(7, seed: 3))
    #expect(try plan.append(FileContents(first), UInt64(Self.block)..<UInt64(first.count)) == 0)
    #expect(try plan.append(second) == 2)
    #expect(try plan.append(FileContents(first), 0..<UInt64(2 * Self.block)) == 3)
    let whole = first[Self.block...] + zeros(5) + second + zeros(Self.block - 7) + first[..<(2 * Self.block)]
    #expect(plan.count == 5)
    for start in 0..<5 {
      for end in (start + 1)...5 {
        let read = try plan.read(UInt64(start), UInt64(end - start))
        #expect(read == Array(whole[whole.startIndex + start * Self.block..<whole.startIndex + end * Self.block]))
      }
    }
  }

  @Test(arguments: [-1, 1])
  func fileThatChangesBeforeItsTurnIsRefused(by change: Int) throws {
    let directory = try TestDirectory()
    let size = 300_000
    try directory.write("source/file", bytes(size))
    let tree = try FileTree(directory: directory.path.appending(path: "source"), .init())
    let path = directory.path.appending(path: "source/file")
    let output = directory.path.appending(path: "out")
    let builder = try ImageBuilder(output: output) { progress in
      guard progress.step == "writing and hashing", progress.done == 0 else { return }
      do { try FileDescriptor.open(path, .writeOnly).truncate(to: Int64(size + change)) } catch {
        Issue.record(error)
      }
    }
    #expect(throws: ImageBuildError.file(path: path, reason: "it changed while the image was built")) {
      _ = try builder.build(tree, MountPoints(standard: false, more: []))
    }
    #expect(try FileDescriptor.open(output, [.readOnly, .directory]).entries().isEmpty)
    try directory.remove()
  }

  @Test func progressReachesItsEnd() throws {
    let directory = try TestDirectory()
    let seen = Steps()
    let tree = FileTree()
    try tree.place(
      FileNode(.regular(FileContents(bytes(1 << 20))), FileAttributes(permissions: 0o644)), at: "file")
    _ = try ImageBuilder(output: directory.path, fecRoots: 2) { seen.add($0) }
      .build(tree, MountPoints(standard: false, more: []))
    #expect(seen.ended == ["looking for holes", "writing and hashing", "writing error correction codes"])
    #expect(seen.begun == seen.ended)
    try directory.remove()
  }
}

/// The steps of a build, from several threads.
private final class Steps: Sendable {
  private let seen = Mutex<[BuildProgress]>([])

  func add(_ progress: BuildProgress) { seen.withLock { $0.append(progress) } }

  var begun: [String] { seen.withLock { $0.filter { $0.done == 0 }.map(\.step) } }
  var ended: [String] { seen.withLock { $0.filter { $0.done == $0.total }.map(\.step) } }
}
