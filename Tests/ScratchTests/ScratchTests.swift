import Bytes
import Linux
import Testing

@testable import Policy
@testable import Scratch

/// RAM disks, as root.
@Suite(.enabled(if: CurrentProcess.effectiveUser == 0))
struct ScratchTests {
  static let executable = ScratchPlan(size: 1 << 20, mode: 0o700, executable: true)

  @Test func sizeBoundsWhatCanBeWritten() throws {
    let scratch = try Scratch.make(ScratchPlan(size: 1 << 20, mode: 0o1777, executable: false))
    #expect(try scratch.fileSystem() == (FileSystemMagic.tmpfs, false))
    #expect(try scratch.status().permissions == 0o1777)
    let file = try scratch.open("file", [.writeOnly, .create], resolve: .beneath)
    #expect(throws: SystemError(call: "write", errno: ErrorNumber.ENOSPC, object: file.name)) {
      try file.writeAll([UInt8](repeating: 1, count: 1 << 21))
    }
  }

  @Test func programsRunOnlyWhereThePlanSaysSo() throws {
    for executes in [true, false] {
      let scratch = try Scratch.make(ScratchPlan(size: 1 << 20, mode: 0o700, executable: executes))
      _ = try scratch.open("program", [.writeOnly, .create], resolve: .beneath, mode: 0o700)
      #expect(try CurrentProcess.mayExecute(scratch.procPath.appending(path: "program")) == executes)
    }
  }

  @Test func deviceNodeOnItOpensNothing() throws {
    let scratch = try Scratch.make(Self.executable)
    try scratch.makeNode("null", .characterDevice, permissions: 0o666, device: DeviceNumber(major: 1, minor: 3))
    #expect(throws: SystemError(call: "openat2", errno: ErrorNumber.EACCES, object: "null")) {
      _ = try scratch.open("null", .readOnly, resolve: .beneath)
    }
  }

  @Test func sizeZeroWhichIsNoLimitIsRefused() {
    #expect(throws: ScratchError.unlimited) {
      _ = try Scratch.make(ScratchPlan(size: 0, mode: 0o700, executable: false))
    }
  }

  @Test func overlayTakesWritesAndLeavesTheLowerAlone() throws {
    let lower = try Scratch.make(Self.executable)
    try lower.replace("file", with: Array("below".utf8))
    // A mount's own descriptor is O_PATH.
    let directory = try lower.open(".", [.readOnly, .directory], resolve: .beneath)
    try directory.setPermissions(0o755)
    try directory.setOwner(uid: 7, gid: 8)
    try lower.setMount(.readOnly)

    let place = try Self.makePlace("overlay")
    let top = try Scratch.overlay(lower: lower, Self.executable, place: place)
    #expect(try place.entries().isEmpty)
    let status = try top.status()
    #expect((status.permissions, status.uid, status.gid) == (0o755, 7, 8))
    try top.replace("file", with: Array("above".utf8))
    #expect(try top.open("file", .readOnly, resolve: .beneath).readToEnd(limit: 10) == Array("above".utf8))
    #expect(try directory.open("file", .readOnly, resolve: .beneath).readToEnd(limit: 10) == Array("below".utf8))
    #expect(throws: SystemError.self) {
      try top.open("big", [.writeOnly, .create], resolve: .beneath).writeAll([UInt8](repeating: 1, count: 1 << 21))
    }
    try Self.removePlace("overlay")
  }

  /// As kernels before 6.15 need it.
  @Test func overlayFromAttachedMountsLeavesThePlaceEmpty() throws {
    let lower = try Scratch.make(Self.executable)
    try lower.replace("file", with: Array("below".utf8))
    let below = try lower.open("file", .readOnly, resolve: .beneath)
    let memory = try Scratch.make(Self.executable)
    try memory.makeDirectory("upper")
    try memory.makeDirectory("work")
    let top = try Scratch.attachedOverlay(lower: lower, memory: memory, place: try Self.makePlace("attached"))
    try top.replace("file", with: Array("above".utf8))
    #expect(try below.readToEnd(limit: 10) == Array("below".utf8))
    let mounts = ByteString(try FileDescriptor.contents(of: "/proc/self/mountinfo", limit: 4 << 20))
    #expect(!mounts.split(UInt8(ascii: " ")).contains { $0.hasSuffix(Self.placeName("attached")) })
    try Self.removePlace("attached")
  }

  private static func placeName(_ name: ByteString) -> ByteString {
    ByteString("ward-scratch-tests-\(CurrentProcess.pid)-") + name
  }

  private static func makePlace(_ name: ByteString) throws -> FileDescriptor {
    try FileDescriptor.makeDirectories("/tmp/" + placeName(name))
  }

  /// Fails where something is still mounted there.
  private static func removePlace(_ name: ByteString) throws {
    try FileDescriptor.open("/tmp", [.readOnly, .directory]).removeDirectory(placeName(name))
  }
}
