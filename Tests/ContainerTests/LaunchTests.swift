import Bytes
import Linux
import Testing

@testable import Container
@testable import Policy

/// The parts of a launch that only compute.
@Suite struct LaunchTests {
  @Test(arguments: [
    ("root:x:0:0:root:/root:/bin/sh\n", 0, "/root"),
    ("a:x:10:10::/a:/bin/sh\nb:x:10:10::/b:/bin/sh", 10, "/a"),
    ("short:x:7:7:/home\nlong:x:7:7::/right:/bin/sh\n", 7, "/right"),
  ])
  func homeIsThatOfTheFirstWellFormedLine(file: String, uid: UInt32, home: String) {
    #expect(PasswdFile.home(of: uid, in: Array(file.utf8)) == ByteString(home))
  }

  @Test(arguments: [
    "", "root:x:0:0:root:/root:/bin/sh", "a:x:01:1::/a:/bin/sh", "a:x:1 :1::/a:/bin/sh", "a:x:+1:1::/a:/bin/sh",
    "a:x:4294967297:1::/a:/bin/sh", "a:x:1:1::relative:/bin/sh", "a:x:1:1:::/bin/sh", "a:x:1:1::/a:/bin/sh:more",
  ])
  func noHomeIsTakenFromALineThatDoesNotNameTheUser(file: String) {
    #expect(PasswdFile.home(of: 1, in: Array(file.utf8)) == nil)
  }

  @Test(arguments: [
    (["PATH=/bin:/usr/bin"], ["/bin", "/usr/bin"]), (["PATH=:.:bin:/bin:"], ["/bin"]), ([], []), (["PATHS=/bin"], []),
    (["PATH=/a", "PATH=/b"], ["/b"]), (["PATH="], []),
  ])
  func relativeDirectoriesOfThePathAreNoPlaceForAProgram(environment: [String], expected: [String]) {
    #expect(Executable.searchPath(environment.map { ByteString($0) }) == expected.map { ByteString($0) })
  }

  @Test func aPlannedDeviceReplacesTheDefaultOneOfItsPath() {
    let null = DevicePlan(
      path: "/dev/null", kind: .character, major: 1, minor: 3, mode: 0o20600, uid: 5, gid: 6)
    let nodes = DeviceNode.all([null])
    #expect(nodes.count == DeviceNode.defaults.count)
    #expect(nodes.filter { $0.path == "/dev/null" } == [DeviceNode(null)])
    #expect(nodes.last?.permissions == 0o600)
    #expect(nodes.last?.pathInDev == "/null")
  }

  @Test func aDeviceOutsideOfDevIsNotPutThere() {
    let node = DeviceNode(
      DevicePlan(path: "/devices/x", kind: .fifo, major: 0, minor: 0, mode: 0o600, uid: 0, gid: 0))
    #expect(node.pathInDev == nil)
  }

  @Test(arguments: [
    ("net.ipv4.ip_forward", "net/ipv4/ip_forward"),
    ("net.ipv4.conf.eth0/100.forwarding", "net/ipv4/conf/eth0.100/forwarding"),
  ])
  func dotsOfASettingSeparate(key: String, path: String) {
    #expect(InitProcess.path(ofSetting: ByteString(key)) == ByteString(path))
  }
}

/// What the stages of a launch say to one another.
@Suite struct LaunchMessageTests {
  @Test(arguments: [
    LaunchReport.ready, .placed, .failed("mount \"/proc\": operation not permitted"), .hookFailed("no luck"),
    .listener(0), .listener(7),
    .sibling(pid: 4711),
  ])
  func aReportIsReadBack(report: LaunchReport) {
    #expect(LaunchReport(packet: report.packet) == report)
  }

  @Test func aLongReasonIsCutToOnePacket() {
    let packet = LaunchReport.failed(String(repeating: "x", count: 10_000)).packet
    #expect(packet.count == LaunchReport.limit)
    #expect(LaunchReport(packet: packet) == .failed(String(repeating: "x", count: LaunchReport.limit - 1)))
  }

  @Test func aReasonBringsNoTerminalSequence() {
    #expect(LaunchReport(packet: Array("F\u{1b}[2J".utf8)) == .failed("\\x1b[2J"))
  }

  @Test(arguments: ["", "X", "Rx", "Px", "L", "L-1", "S", "S0", "S-1", "S1x", "S2147483648", "r"])
  func anythingElseIsNoReport(packet: String) {
    #expect(LaunchReport(packet: Array(packet.utf8)) == nil)
  }

  @Test func aPacketOverTheLimitIsNoReport() {
    #expect(LaunchReport(packet: Array("F".utf8) + [UInt8](repeating: 0x78, count: LaunchReport.limit)) == nil)
  }

  @Test func anOrderIsTakenOnlyWhenItIsTheExpectedOne() throws {
    let pair = try FileDescriptor.packetPair()
    try pair.first.send(.commit)
    try pair.second.await(.commit)
    try pair.first.send(.mapped)
    #expect(throws: SystemError(call: "read", errno: ErrorNumber.EPROTO, object: "launch socket")) {
      try pair.second.await(.commit)
    }
  }

  @Test func theEndOfTheLaunchingProcessIsNoOrder() throws {
    let child = try FileDescriptor.packetPair().split { (first, second) in
      first.close()
      return SharedFile(second)
    }
    #expect(throws: SystemError(call: "read", errno: ErrorNumber.ECONNRESET, object: "launch socket")) {
      try child.descriptor.await(.commit)
    }
  }
}

/// Paths in a container's tree, on a directory of the test's own.
@Suite struct FileTreeTests {
  @Test func aPathNeverLeavesTheTree() throws {
    let base = try TemporaryTree()
    try base.top.makeDirectory("outside")
    try base.top.makeDirectory("root")
    let tree = FileTree(top: try base.top.open("root", [.path, .directory], resolve: .beneath))
    try tree.top.makeSymbolicLink("absolute", to: "/outside")
    try tree.top.makeSymbolicLink("relative", to: "../outside")
    // Both lead inside, where there is no such directory: a link that dangles is no place to make one.
    #expect(throws: SystemError.self) { _ = try tree.directory("/absolute") }
    #expect(throws: SystemError.self) { _ = try tree.directory("/relative/x") }
    #expect(throws: SystemError.self) { _ = try tree.find("/relative") }
    _ = try tree.directory("/outside")
    #expect(try tree.find("/absolute").status().inode == tree.find("/outside").status().inode)
  }

  @Test func aMissingMountPointIsMadeOfTheKindThatIsNeeded() throws {
    let base = try TemporaryTree()
    let tree = FileTree(top: try base.top.open(".", [.path, .directory], resolve: .beneath))
    #expect(try tree.mountPoint("/a/b/c", directory: true, .refused).place.status().kind == .directory)
    #expect(try tree.mountPoint("/a/b/file", directory: false, .refused).place.status().kind == .regular)
    #expect(throws: SystemError(call: "openat2", errno: ErrorNumber.ENOTDIR, object: "/a/b/file")) {
      _ = try tree.mountPoint("/a/b/file", directory: true, .refused)
    }
    #expect(throws: SystemError(call: "openat2", errno: ErrorNumber.EISDIR, object: "/a/b")) {
      _ = try tree.mountPoint("/a/b", directory: false, .followed)
    }
  }

  @Test func aLinkAsMountPointIsRefusedForWhatTheKernelOffers() throws {
    let base = try TemporaryTree()
    let tree = FileTree(top: try base.top.open(".", [.path, .directory], resolve: .beneath))
    _ = try tree.directory("/real")
    try tree.top.makeSymbolicLink("proc", to: "real")
    #expect(throws: SystemError(call: "openat2", errno: ErrorNumber.ELOOP, object: "/proc")) {
      _ = try tree.mountPoint("/proc", directory: true, .refused)
    }
    #expect(try tree.mountPoint("/proc", directory: true, .followed).place.status().kind == .directory)
  }
}

/// A directory that goes with the value.
private struct TemporaryTree: ~Copyable {
  let top: FileDescriptor
  private let name: ByteString

  init() throws {
    name = ByteString("ward-tree-\(UInt64.random(in: 0...UInt64.max))")
    let parent = try FileDescriptor.open("/tmp", [.readOnly, .directory])
    try parent.makeDirectory(name)
    top = try parent.open(name, [.readOnly, .directory], resolve: .beneath)
  }

  deinit {
    do {
      try FileDescriptor.open("/tmp", [.readOnly, .directory]).removeTree(name)
    } catch {
      Issue.record("\(error)")
    }
  }
}
