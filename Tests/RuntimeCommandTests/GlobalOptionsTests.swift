import Bytes
import Container
import Testing

@testable import RuntimeCommand

private func options(_ arguments: [ByteString]) throws -> GlobalOptions {
  var options = GlobalOptions()
  try options.take(GlobalOptions.syntax.parse(ArraySlice(arguments)))
  return options
}

private func run(_ arguments: [ByteString]) throws -> Int32 {
  var options = GlobalOptions()
  return try Ward.run(ArraySlice(arguments), &options)
}

@Suite struct GlobalOptionsTests {
  @Test func `the flags of go-runc and conmon are taken`() throws {
    let shim = try options([
      "--root", "/run/x", "--log", "/b/log.json", "--log-format", "json", "--systemd-cgroup", "s",
    ])
    #expect(shim.root == "/run/x")
    #expect(shim.log.path == "/b/log.json")
    #expect(shim.log.format == .json)
    #expect(shim.cgroupDriver == .systemd)
    let podman = try options(["--log-format=json", "--cgroup-manager=disabled", "--rootless=auto", "--debug", "create"])
    #expect(podman.cgroupDriver == .cgroupfs)
    #expect(podman.log.path == nil)
    #expect(try options(["--cgroup-manager", "systemd"]).cgroupDriver == .systemd)
    #expect(try options(["--log", "/dev/stderr"]).log.path == nil)
  }

  @Test(
    arguments: [
      ["--log-format=xml"], ["--rootless=maybe"], ["--cgroup-manager=none"], ["--root"], ["--no-such"],
    ] as [[ByteString]])
  func `a wrong flag is refused`(_ arguments: [ByteString]) {
    #expect(throws: CommandError.self) { try options(arguments) }
  }

  @Test func `a root that is not text is refused`() {
    #expect(throws: CommandError("--root: expected UTF-8, found \"/\\xff\"")) {
      try options(["--root", ByteString([0x2F, 0xFF])])
    }
  }

  @Test func `the log is known also when a later flag is wrong`() {
    var options = GlobalOptions()
    #expect(throws: CommandError.self) {
      try options.take(GlobalOptions.syntax.parse(["--log=/l", "--log-format=json", "--rootless=x"]))
    }
    #expect(options.log.path == "/l")
    #expect(options.log.format == .json)
  }

  @Test func `an unknown command has its own exit code`() {
    #expect(throws: CommandError("No help topic for 'frobnicate'", exitCode: 3)) { try run(["frobnicate"]) }
    #expect(throws: CommandError("No help topic for 'CREATE'", exitCode: 3)) { try run(["CREATE"]) }
  }

  @Test(
    arguments: [
      ["state"], ["state", ""], ["state", "a", "b"], ["state", "."], ["state", ".."], ["state", "a/b"], ["kill"],
      ["kill", "a", "TERM", "x"], ["delete"], ["delete", "a", "b"], ["list", "x"], ["features", "x"],
      ["list", "--format=yaml"],
    ] as [[ByteString]])
  func `operands are counted and ids have a form`(_ arguments: [ByteString]) {
    #expect(throws: CommandError.self) { try run(arguments) }
  }

  @Test func `the version is in the first line`() {
    let lines = Version.text(commit: "0123").split(separator: "\n")
    #expect(lines.first == "ward version \(Version.number)")
    #expect(lines[1] == "commit: 0123")
    #expect(lines[2] == "spec: 1.3.0")
    #expect(lines[3].hasPrefix("libseccomp:"))
  }

  @Test func `every verb and flag has help`() {
    for verb in Ward.verbs {
      #expect(verb.name == verb.syntax.name)
      #expect(Help.overview.contains("  \(verb.syntax.name) "))
      for flag in verb.syntax.flags {
        #expect(!flag.help.isEmpty)
        #expect(Help.text(of: verb.syntax).contains("--\(flag.name)"))
      }
      #expect(verb.syntax.flags.contains { $0.name == "help" })
      #expect(
        Set(verb.syntax.flags.flatMap { [$0.name, $0.letter ?? $0.name] }).count
          == verb.syntax.flags.map { $0.letter == nil ? 1 : 2 }.reduce(0, +))
    }
  }
}
