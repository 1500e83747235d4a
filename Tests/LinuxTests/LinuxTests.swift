import Bytes
import Linux
import Testing

/// A directory for one test.
private func withDirectory(_ body: (borrowing FileDescriptor) throws -> Void) throws {
  let parent = try FileDescriptor.open("/tmp", [.readOnly, .directory])
  let name = ByteString("ward-linux-test-\(UInt64.random(in: 0...UInt64.max))")
  try parent.makeDirectory(name)
  try body(try parent.open(name, [.readOnly, .directory], resolve: .beneath))
  try parent.removeTree(name)
}

@Test func replacedFileHasTheNewContentsAndNothingElseIsLeft() throws {
  try withDirectory { directory in
    try directory.replace("state", with: Array("one".utf8))
    try directory.replace("state", with: Array("two".utf8))
    let contents = try directory.open("state", .readOnly, resolve: .beneath).readToEnd(limit: 10)
    let entries = try directory.open(".", [.readOnly, .directory], resolve: .beneath).entries()
    #expect(contents == Array("two".utf8))
    #expect(entries == ["state"])
  }
}

@Test func readingStopsAtTheLimit() throws {
  try withDirectory { directory in
    try directory.replace("file", with: [UInt8](repeating: 1, count: 100))
    let whole = try directory.open("file", .readOnly, resolve: .beneath).readToEnd(limit: 100)
    #expect(whole.count == 100)
    do {
      _ = try directory.open("file", .readOnly, resolve: .beneath).readToEnd(limit: 99)
      Issue.record("more than the limit was read")
    } catch {
      #expect((error as? SystemError)?.errno == ErrorNumber.EFBIG)
    }
  }
}

@Test func noPathLeavesTheDirectory() throws {
  try withDirectory { directory in
    try directory.makeSymbolicLink("out", to: "/etc/passwd")
    try directory.makeSymbolicLink("up", to: "../..")
    for path: ByteString in ["out", "up", "../x", "/etc/passwd"] {
      #expect(throws: SystemError.self) { _ = try directory.open(path, .path, resolve: [.beneath, .noSymlinks]) }
    }
  }
}

@Test func pathWithNULIsRefusedInsteadOfCut() throws {
  #expect(throws: SystemError(call: "path", errno: ErrorNumber.EINVAL, object: ByteString(Array("/etc\0x".utf8)))) {
    _ = try FileDescriptor.open(ByteString(Array("/etc\0x".utf8)), .path)
  }
}

@Test func removingATreeDoesNotFollowLinks() throws {
  try withDirectory { outside in
    try outside.replace("kept", with: [1])
    try withDirectory { directory in
      try directory.makeDirectory("tree")
      let tree = try directory.open("tree", [.readOnly, .directory], resolve: .beneath)
      try tree.makeSymbolicLink("link", to: try outside.procPathTarget())
      try directory.removeTree("tree")
    }
    let kept = try outside.status(of: "kept")
    #expect(kept.size == 1)
  }
}

@Test func sealedMemoryCannotBeWritten() throws {
  let memory = try FileDescriptor.memory(named: "test")
  try memory.writeAll([1, 2, 3])
  let before = memory.isSealed()
  try memory.seal()
  let after = memory.isSealed()
  #expect(!before && after)
  #expect(throws: SystemError.self) { try memory.writeAll([4]) }
  let contents = try memory.read(exactly: 3, at: 0)
  #expect(contents == [1, 2, 3])
}

@Test func descriptorTravelsOverASocket() throws {
  let pair = try FileDescriptor.packetPair()
  let memory = try FileDescriptor.memory(named: "test")
  try memory.writeAll([7])
  try pair.first.send([1], with: memory)
  var packet = try pair.second.receive(atMost: 8)
  #expect(packet.bytes == [1])
  guard let received = packet.file.take() else {
    Issue.record("no descriptor came")
    return
  }
  let contents = try received.read(exactly: 1, at: 0)
  #expect(contents == [7])
}

@Test(
  arguments: [
    (0, "1970-01-01T00:00:00Z"), (951_782_399, "2000-02-28T23:59:59Z"), (951_782_400, "2000-02-29T00:00:00Z"),
    (1_795_246_403, "2026-11-21T07:33:23Z"), (4_107_542_400, "2100-03-01T00:00:00Z"), (-1, "1969-12-31T23:59:59Z"),
  ] as [(Int64, String)])
func timesAreWrittenAsRFC3339(seconds: Int64, text: String) {
  #expect(Timestamp(seconds: seconds, nanoseconds: 0).rfc3339Seconds == text)
}

@Test(arguments: [
  ("/", true), ("/a/b", true), ("", false), ("a", false), ("/a/", false), ("//a", false), ("/a/../b", false),
  ("/a/.", false),
])
func onlyOneFormOfAPathIsClean(path: String, clean: Bool) { #expect(ByteString(path).isCleanAbsolutePath == clean) }

extension FileDescriptor {
  /// The path of this directory.
  fileprivate borrowing func procPathTarget() throws(SystemError) -> ByteString {
    try FileDescriptor.open("/proc/self/fd", [.readOnly, .directory]).readSymbolicLink(ByteString("\(rawValue)"))
  }
}
