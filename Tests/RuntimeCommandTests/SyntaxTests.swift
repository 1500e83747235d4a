import Bytes
import Testing

@testable import RuntimeCommand

private let syntax = Syntax(
  "test", "ID", "for these tests",
  [
    .init("bundle", "b", value: "DIR", help: ""), .init("force", "f", help: ""),
    .init("env", "e", value: "X", help: ""),
    .init("fds", value: "N", help: ""),
  ])

private func parse(_ arguments: [ByteString], endsAtOperand: Bool = false) throws -> ParsedArguments {
  let used = Syntax("test", "ID", "for these tests", endsAtOperand: endsAtOperand, syntax.flags)
  return try used.parse(ArraySlice(arguments))
}

@Suite struct SyntaxTests {
  @Test(
    arguments: [
      ["--bundle", "/b", "x"], ["--bundle=/b", "x"], ["-bundle", "/b", "x"], ["-bundle=/b", "x"], ["-b", "/b", "x"],
      ["-b=/b", "x"], ["--b", "/b", "x"], ["x", "--bundle", "/b"], ["--bundle", "/a", "--bundle=/b", "x"],
    ] as [[ByteString]])
  func `a value is taken in every form that callers use`(_ arguments: [ByteString]) throws {
    let parsed = try parse(arguments)
    #expect(parsed.value("bundle") == "/b")
    #expect(parsed.operands == ["x"])
  }

  @Test(
    arguments: [
      (["--force"], true), (["-f"], true), (["-force"], true), (["--force=true"], true), (["--force=1"], true),
      (["--force=false"], false), (["-f=0"], false), (["--force", "--force=false"], false), ([], false),
    ] as [([ByteString], Bool)])
  func `a flag without a value is on or off`(_ arguments: [ByteString], _ expected: Bool) throws {
    #expect(try parse(arguments).isOn("force") == expected)
  }

  @Test(
    arguments: [
      (["--unknown"], "flag provided but not defined: -unknown"), (["-x=1"], "flag provided but not defined: -x"),
      (["---force"], "flag provided but not defined: --force"), (["--bundle"], "flag needs an argument: -bundle"),
      (["x", "-b"], "flag needs an argument: -b"), (["--=1"], "flag provided but not defined: -"),
      (["--force=yes"], "--force: expected true or false, found \"yes\""),
      (["--Force"], "flag provided but not defined: -Force"), (["-ff"], "flag provided but not defined: -ff"),
      (["--forc\u{212A}"], "flag provided but not defined: -forc\\xe2\\x84\\xaa"),
    ] as [([ByteString], String)])
  func `what is not a flag is refused`(_ arguments: [ByteString], _ message: String) {
    #expect(throws: CommandError(message)) { try parse(arguments) }
  }

  @Test func `values are kept byte by byte`() throws {
    let odd = ByteString([0xFF, 0x2D, 0x2D, 0x3D, 0x00 + 1])
    #expect(try parse(["--bundle", odd]).value("bundle") == odd)
    #expect(try parse(["--bundle=" + odd]).value("bundle") == odd)
    #expect(try parse(["--bundle", "--force"]).value("bundle") == "--force")
    #expect(try parse(["--bundle="]).value("bundle") == "")
    #expect(try parse(["-e", "A=1", "--env=B=2"]).all("env") == ["A=1", "B=2"])
  }

  @Test func `two dashes end the flags`() throws {
    let parsed = try parse(["-f", "--", "-f", "--bundle"])
    #expect(parsed.operands == ["-f", "--bundle"])
    #expect(parsed.value("bundle") == nil)
    #expect(try parse(["-"]).operands == ["-"])
  }

  @Test func `a command line that is handed on is not looked into`() throws {
    let parsed = try parse(["-e", "A=1", "id", "sh", "-e", "--force", "--"], endsAtOperand: true)
    #expect(parsed.operands == ["id", "sh", "-e", "--force", "--"])
    #expect(!parsed.isOn("force"))
    #expect(parsed.all("env") == ["A=1"])
  }

  @Test(arguments: ["-1", "", "1x", "0x10", " 1", "4294967296", "01", "+1"] as [ByteString])
  func `a number is whole and in range or refused`(_ text: ByteString) throws {
    let parsed = try parse(["--fds=" + text])
    #expect(throws: CommandError.self) { try parsed.number("fds", as: UInt32.self) }
    #expect(try parse(["--fds=4294967295"]).number("fds", as: UInt32.self) == 4_294_967_295)
    #expect(try parse([]).number("fds", as: UInt32.self) == nil)
  }
}
