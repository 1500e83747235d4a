import Bytes
import Testing

@testable import Linux

/// A program that hands over a secret, and everything that it may do instead.
@Suite struct SecretProgramTests {
  /// What a shell script does, as the program.
  private func run(
    _ script: String, input: [UInt8] = [], limit: Int = 64, milliseconds: Int32 = 300_000
  ) throws -> (end: SecretProgram.End, secret: [UInt8], errors: ByteString) {
    let path = ByteString("/tmp/ward-secret-\(CurrentProcess.pid)-\(try Timestamp.now().nanoseconds)")
    let directory = try FileDescriptor.open("/tmp", [.readOnly, .directory])
    try directory.replace(
      path.lastPathComponent, with: Array("#!/bin/sh\n[ $# -eq 0 ] || exit 0\n\(script)\n".utf8), mode: 0o700,
      isExact: true)
    // A child that another test makes meanwhile holds the file open for writing until it becomes its program: ETXTBSY.
    while try FinishedProgram.run(path, ["try"]).status == RunningProgram.notStarted {}
    let program: SecretProgram
    do {
      program = try SecretProgram(
        path, environment: ["ONLY=this"], input: input, limit: limit, milliseconds: milliseconds)
    } catch {
      try directory.remove(path.lastPathComponent)
      throw error
    }
    try directory.remove(path.lastPathComponent)
    let (end, errors) = (program.end, program.errors)
    let secret = program.takeSecret().withBytes { span in span.indices.map { span[$0] } }
    return (end, secret, errors)
  }

  @Test func secretAndErrorsAreTaken() throws {
    let answer = try run("read -r line; printf %s \"$line\"; echo said >&2", input: Array("asked\n".utf8))
    #expect(answer.end == .exited(0) && answer.secret == Array("asked".utf8) && answer.errors == "said\n")
  }

  @Test func nothingOfThisProcessIsInherited() throws {
    let held = try FileDescriptor.memory(named: "held")
    try held.setCloseOnExec(false)
    let answer = try run("exec >&2; echo $ONLY $HOME $(pwd); ls /proc/$$/fd")
    // The shell has its script open as descriptor 10, and nothing else but the three.
    #expect(answer.errors == "this /\n0\n1\n10\n2\n", "\(answer.errors)")
  }

  @Test func statusIsKept() throws {
    #expect(try run("printf 12; exit 3").end == .exited(3))
    #expect(try run("kill -9 $$").end == .killed)
    #expect(try run("exec 1>&-; exit 0").end == .exited(0))
  }

  /// No address space has room for so much, as no machine has locked memory for what is above its limit.
  @Test func withoutRoomForTheSecretNothingIsStarted() throws {
    let marker = ByteString("/tmp/ward-started-\(CurrentProcess.pid)")
    #expect(throws: SystemError.self) { try run("sleep 0.1; : >\(marker)", limit: 1 << 50) }
    // Long enough for a program that had been started.
    Timestamp.pause(milliseconds: 1_000)
    #expect(throws: SystemError.self) { try FileDescriptor.contents(of: marker, limit: 1) }
  }

  @Test func programThatIsNoneCouldNotBeStarted() throws {
    let program = try SecretProgram(
      "/nonexistent/program", environment: [], input: [], limit: 64, milliseconds: 300_000)
    #expect(program.end == .exited(RunningProgram.notStarted))
  }

  @Test func allThatIsAskedForIsTakenAndNoMore() throws {
    #expect(try run("head -c 64 /dev/zero").secret == [UInt8](repeating: 0, count: 64))
    #expect(try run("head -c 65 /dev/zero").end == .tooLong)
    #expect(try run("cat /dev/zero").end == .tooLong)
  }

  @Test func errorsWithoutEndAreCut() throws {
    let answer = try run("head -c 1000000 /dev/zero | tr '\\0' x >&2; printf key")
    #expect(answer.end == .exited(0) && answer.secret == Array("key".utf8))
    #expect(answer.errors == ByteString([UInt8](repeating: UInt8(ascii: "x"), count: 1024)))
  }

  @Test(arguments: ["sleep 1000", "cat; sleep 1000", "exec >&- 2>&-; sleep 1000", "while :; do echo x >&2; done"])
  func programThatDoesNotEndIsEndedInTime(script: String) throws {
    let start = try Timestamp.now()
    #expect(try run(script, milliseconds: 500).end == .late)
    #expect(try Timestamp.now().seconds - start.seconds < 100)
  }

  /// Neither does it hold the command up, nor does it go on.
  @Test func childThatKeepsThePipesEndsWithItsParent() throws {
    let marker = "400\(CurrentProcess.pid)"
    let start = try Timestamp.now()
    let answer = try run("sleep \(marker) & printf key")
    #expect(answer.end == .exited(0) && answer.secret == Array("key".utf8))
    #expect(try Timestamp.now().seconds - start.seconds < 100)
    // Its end is the kernel's to carry out.
    var isThere = true
    for _ in 0..<100 where isThere {
      isThere = try FinishedProgram.run("/usr/bin/pgrep", ["-f", ByteString("sleep \(marker)")]).status == 0
      if isThere { Timestamp.pause(milliseconds: 20) }
    }
    #expect(!isThere)
  }

  @Test func secretThatIsReadHasItsCapacity() throws {
    let pipe = try FileDescriptor.pipe()
    try pipe.second.writeAll(Array("abcdef".utf8))
    var secret = try Secret(capacity: 4)
    #expect(try secret.read(from: pipe.first) == 4)
    #expect(try secret.read(from: pipe.first) == 0)
    #expect(secret.count == 4)
    // It is kept out of swap space and of core files.
    let maps = ByteString(try FileDescriptor.contents(of: "/proc/self/smaps", limit: 64 << 20))
    #expect(
      maps.split(UInt8(ascii: "\n")).contains {
        $0.hasPrefix("VmFlags:") && $0.text.contains(" lo ") && $0.text.contains(" dc ") && $0.text.contains(" dd ")
      })
  }
}

extension ByteString {
  fileprivate var text: String { "\(self)" }
}
