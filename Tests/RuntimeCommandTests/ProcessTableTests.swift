import Bytes
import Linux
import Testing

@testable import RuntimeCommand

/// The headers of what options ask for.
private func headers(_ options: ByteString...) throws -> [String] {
  try ProcessTableOptions.columns(ArraySlice(options)).map(\.header)
}

@Suite struct ProcessTableTests {
  @Test func `without options the table is that of -ef`() throws {
    #expect(try headers() == ["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"])
    #expect(try headers("-ef") == headers())
    #expect(try headers("-e", "-f") == headers())
  }

  @Test func `columns are chosen as with ps`() throws {
    #expect(try headers("-o", "pid,args") == ["PID", "COMMAND"])
    #expect(try headers("-opid", "-o", "user=WHO") == ["PID", "WHO"])
    #expect(try headers("-eo", "pid comm") == ["PID", "COMMAND"])
    #expect(try headers("axo", "pid,ppid") == ["PID", "PPID"])
    #expect(try headers("--format=pid,stat") == ["PID", "STAT"])
    #expect(try headers("--format", "pid") == ["PID"])
    #expect(try headers("-o", "pid=") == [""])
    #expect(try headers("aux").first == "USER")
    #expect(try headers("-A") == ["PID", "TTY", "TIME", "CMD"])
  }

  @Test(
    arguments: [
      ["e"], ["-p", "1"], ["1"], ["-L"], ["-H"], ["--sort=pid"], ["--pid", "1"], ["-"], [""], ["-o"], ["--format"],
      ["-o", ""], ["-o", "environ"], ["-o", "pid,no"], ["-o", "wchan"], ["-o", "eip"], ["auxe"],
      ["\u{2013}ef"],
    ] as [[ByteString]])
  func `what would show more than the container's processes is refused`(_ options: [ByteString]) {
    #expect(throws: CommandError.self) { try ProcessTableOptions.columns(ArraySlice(options)) }
  }

  @Test func `this process is shown, and one that left meanwhile is not`() throws {
    let columns = try ProcessTableOptions.columns(["-o", "pid,args"])
    let pid = CurrentProcess.pid
    let table = try ProcessTable(columns, showsArguments: true) { () throws(CommandError) in [pid] }
    let lines = table.text.split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines[1].contains("\(pid) "))
    let hidden = try ProcessTable(columns, showsArguments: false) { () throws(CommandError) in [pid] }
    #expect(hidden.text.split(separator: "\n")[1].contains("["))
    var asked = 0
    let gone = try ProcessTable(columns, showsArguments: true) { () throws(CommandError) in
      asked += 1
      return asked == 1 ? [pid] : []
    }
    #expect(gone.text.split(separator: "\n").count == 1)
  }
}
