import Bytes
import Glibc
import Linux
import Policy
import Testing

@testable import VerifiedImage

/// Live images: as root, where loop devices exist.
@Suite(.enabled(if: TestNode.canMount), .serialized)
struct ImageStoreTests {
  static let modes: [Integrity] = TestNode.canMap ? [.memory, .dmVerity] : [.memory]

  @Test(arguments: modes)
  func imageIsMountedReadOnlyAndGoneAfterItsContainer(mode: Integrity) throws {
    let node = try TestNode()
    let (store, id) = (try node.store(), try node.container("one"))
    do {
      let mount = try store.mount(node.image(mode), for: id)
      #expect(try mount.fileSystem() == (FileSystemMagic.erofs, true))
      let content = try mount.open("content", .readOnly, resolve: .beneath).readToEnd(limit: 4096)
      #expect(ByteString(content) == TestNode.content)
      #expect(throws: SystemError(call: "openat2", errno: ErrorNumber.EROFS, object: "new")) {
        _ = try mount.open("new", [.writeOnly, .create], resolve: .beneath)
      }
      #expect(try node.leftovers() == 2)
      // The shared mount ends with the last container; this copy goes on.
      try store.release(for: id)
      #expect(
        ByteString(try mount.open("content", .readOnly, resolve: .beneath).readToEnd(limit: 4096)) == TestNode.content)
    }
    try expectNothingLeft(node)
    try node.remove()
  }

  @Test(arguments: modes)
  func liveMountIsSharedUntilTheLastContainerEnds(mode: Integrity) throws {
    let node = try TestNode()
    let store = try node.store()
    let (one, two) = (try node.container("one"), try node.container("two"))
    let first = try store.mount(node.image(mode), for: one).status().device
    // The file is not looked at again: what was verified is used.
    try FileDescriptor.rename(node.file, to: node.base.appending(path: "away"))
    let second = try store.mount(node.image(mode), for: two).status().device
    #expect(first == second)
    try store.release(for: one)
    #expect(try store.mount(node.image(mode), for: two).status().device == first)
    try store.release(for: two)
    try expectNothingLeft(node)
    try node.remove()
  }

  /// In a machine without acceleration as many as some seconds allow. In a process of its own, in which no other test
  /// has files open: not one descriptor more is left.
  @Test(arguments: modes)
  func thousandOpeningsLeaveNothing(mode: Integrity) async {
    await #expect(processExitsWith: .success) { [isMapped = (mode == .dmVerity) as Bool] in
      let mode: Integrity = isMapped ? .dmVerity : .memory
      let node = try TestNode(padding: 5000)
      let (store, id) = (try node.store(), try node.container("one"))
      func cycle() throws {
        _ = try store.mount(node.image(mode), for: id)
        try store.release(for: id)
      }
      func descriptors() throws -> Int {
        try FileDescriptor.open("/proc/self/fd", [.readOnly, .directory]).entries().count
      }
      try cycle()
      let before = try descriptors()
      let isSlow = CurrentProcess.variable("WARD_VM") != nil
      let end = try Timestamp.now().seconds + (isSlow ? 15 : 600)
      var cycles = 0
      while try cycles < 1000 && Timestamp.now().seconds < end {
        try cycle()
        cycles += 1
      }
      #expect(try descriptors() == before, "\(cycles) cycles")
      #expect(cycles >= (isSlow ? 20 : 1000))
      try expectNothingLeft(node)
      try node.remove()
    }
  }

  @Test func keptImageStaysUntilItIsClosed() throws {
    let node = try TestNode()
    let (store, id) = (try node.store(keep: true), try node.container("one"))
    _ = try store.mount(node.image(), for: id)
    try store.release(for: id)
    #expect(try node.leftovers() == 2)
    let closed = try store.closeUnused()
    #expect(closed.closed == [ByteString(Hex.encode(node.geometry.rootHash.bytes))] && closed.used.isEmpty)
    try expectNothingLeft(node)
    try node.remove()
  }

  @Test func usedImageIsNotClosedAndAStaleUserDoesNotKeepIt() throws {
    let node = try TestNode()
    let (store, id) = (try node.store(), try node.container("one"))
    _ = try store.mount(node.image(), for: id)
    #expect(try store.closeUnused().used.count == 1)
    // Killed: its directory is cleared, its entry among the users is not.
    try FileDescriptor.open(node.run.appending(path: "containers"), [.readOnly, .directory]).removeTree("one")
    try store.release(for: try node.container("other"))
    try expectNothingLeft(node)
    try node.remove()
  }

  @Test func corruptImageIsRefusedAndLeavesNothing() throws {
    let node = try TestNode()
    try node.flip(at: 5 * 4096)
    #expect(throws: ImageError.corrupt(path: node.file, .data, block: 5)) {
      _ = try node.store().mount(node.image(), for: try node.container("one"))
    }
    try expectNothingLeft(node)
    try node.remove()
  }

  @Test(arguments: modes)
  func mountOfAnotherGeometryIsNotUsed(mode: Integrity) throws {
    let node = try TestNode()
    let (store, id) = (try node.store(), try node.container("one"))
    _ = try store.mount(node.image(mode), for: id)
    let other = try #require(
      VerityGeometry(
        rootHash: node.geometry.rootHash, salt: node.geometry.salt, dataBlocks: node.geometry.dataBlocks - 1,
        hashOffset: node.geometry.hashOffset))
    #expect(throws: ImageError.self) { _ = try store.mount(node.image(mode, other), for: try node.container("two")) }
    // The container that runs is not disturbed.
    #expect(try node.leftovers() == 2)
    try store.release(for: id)
    try expectNothingLeft(node)
    try node.remove()
  }

  @Test func foreignMountInThePlaceIsNotUsed() throws {
    let node = try TestNode()
    let (store, id) = (try node.store(), try node.container("one"))
    let root = ByteString(Hex.encode(node.geometry.rootHash.bytes))
    let place = try FileDescriptor.makeDirectories(node.run.appending(path: "images").appending(path: root + "/mount"))
    let context = try FileSystemContext("tmpfs")
    try context.mount([]).attachMount(onto: place)
    // Nobody uses it: it makes way.
    let mount = try store.mount(node.image(), for: id)
    #expect(try mount.fileSystem().magic == FileSystemMagic.erofs)
    try store.release(for: id)
    #expect(try node.leftovers() == 1)  // the loop device of the copy
    _ = consume mount
    try expectNothingLeft(node)
    try node.remove()
  }

  /// A crash at each point leaves a part of this; the next command clears it.
  @Test func whatACrashLeavesIsCleared() throws {
    let node = try TestNode()
    let (store, id) = (try node.store(), try node.container("one"))
    let root = ByteString(Hex.encode(node.geometry.rootHash.bytes))
    let place = node.run.appending(path: "images").appending(path: root)
    _ = try FileDescriptor.makeDirectories(place)
    try store.release(for: id)
    try expectNothingLeft(node)

    _ = try FileDescriptor.makeDirectories(place.appending(path: "users"))
    _ = try FileDescriptor.open(place.appending(path: "users/one"), [.writeOnly, .create])
    #expect(try store.mount(node.image(), for: id).fileSystem().magic == FileSystemMagic.erofs)
    try store.release(for: id)
    try expectNothingLeft(node)

    // Mounted, and the user's entry gone.
    _ = try store.mount(node.image(), for: id)
    try FileDescriptor.open(place.appending(path: "users"), [.readOnly, .directory]).remove("one")
    try store.release(for: id)
    try expectNothingLeft(node)
    try node.remove()
  }

  @Test(arguments: modes)
  func openingsAtOnceShareOneMount(mode: Integrity) async throws {
    let node = try TestNode()
    let store = try node.store()
    let ids = try (0..<8).map { try node.container(ByteString("c\($0)")) }
    let image = node.image(mode)
    let devices = try await withThrowingTaskGroup(of: DeviceNumber.self) { group in
      for id in ids { group.addTask { try store.mount(image, for: id).status().device } }
      return try await group.reduce(into: Set()) { $0.insert($1) }
    }
    #expect(devices.count == 1)
    #expect(try node.leftovers() == 2)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for id in ids { group.addTask { try store.release(for: id) } }
      try await group.waitForAll()
    }
    try expectNothingLeft(node)
    try node.remove()
  }

  /// A crash between activation and mount, by another hand: with the pinned table, and with another one.
  @Test(.enabled(if: TestNode.canMap), arguments: [[], ["--ignore-corruption"], ["--check-at-most-once"]])
  func deviceThatACrashLeftIsUsedOnlyWithThePinnedTable(options: [String]) throws {
    let node = try TestNode()
    let (store, id, geometry) = (try node.store(), try node.container("one"), node.geometry)
    try TestNode.tool(
      "/usr/sbin/veritysetup",
      [
        "open", "--no-superblock", ByteString("--data-blocks=\(geometry.dataBlocks)"),
        ByteString("--hash-offset=\(geometry.hashOffset)"),
        "--salt=" + ByteString(Hex.encode(geometry.salt.bytes)),
      ] + options.map { ByteString($0) } + [
        node.file, geometry.deviceName, node.file, ByteString(Hex.encode(geometry.rootHash.bytes)),
      ])
    _ = try store.mount(node.image(.dmVerity), for: id)
    let table = try #require(try DeviceMapper.table(of: geometry.deviceName))
    #expect(VerityMapping.mismatch(table, geometry) == nil)
    try store.release(for: id)
    try expectNothingLeft(node)
    try node.remove()
  }

  @Test(.enabled(if: TestNode.canMap))
  func alteredBlockUnderALiveDeviceIsAnInputOutputError() throws {
    let node = try TestNode()
    let (store, id) = (try node.store(), try node.container("one"))
    let mount = try store.mount(node.image(.dmVerity), for: id)
    try node.flip(at: node.geometry.hashOffset - 2 * 4096)
    let file = try mount.open("padding", .readOnly, resolve: .beneath)
    #expect(throws: SystemError(call: "read", errno: ErrorNumber.EIO, object: file.name)) {
      _ = try file.readToEnd(limit: 1 << 20)
    }
    _ = consume file
    _ = consume mount
    try store.release(for: id)
    try expectNothingLeft(node)
    try node.remove()
  }
}

private func expectNothingLeft(_ node: TestNode) throws {
  // The kernel ends a loop device after its last user, not with it.
  for _ in 0..<100 where try node.leftovers() > 0 { usleep(10_000) }
  #expect(try node.leftovers() == 0)
  let images = try FileDescriptor.open(node.run, [.readOnly, .directory])
    .open("images", [.readOnly, .directory], resolve: .beneath)
  #expect(try images.entries().isEmpty)
  if TestNode.canMap { #expect(try DeviceMapper.table(of: node.geometry.deviceName) == nil) }
}
