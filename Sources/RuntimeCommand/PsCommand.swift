internal import Bytes
internal import Container
internal import Linux
internal import StrictJSON

/// `ward ps`: the processes of a container. It changes nothing: no decision is made, and none is recorded.
enum PsCommand {
  static let syntax = Syntax(
    "ps", "ID [PS-OPTION...]", "lists the processes of a container",
    details: """
      The processes are those in the container's cgroup, with their pids on the node. The table is that of ps(1): by
      default as with -ef; -o chooses columns, aux is known too, and other options are refused. Times are in UTC.

      Of a container that a policy entry admitted, the table shows the short names of programs and not their arguments,
      which may hold what is nobody's business outside.
      """,
    examples: ["ward ps web", "ward ps --format json web", "ward ps web -o pid,user,etime,args"],
    endsAtOperand: true,
    [
      .init("format", "f", value: "FORMAT", choices: ["table", "json"], help: "table, or json for the pids alone"),
      .help,
    ])

  static func run(_ arguments: ParsedArguments, _ options: GlobalOptions) throws(CommandError) -> Int32 {
    let id = try arguments.containerID(more: 0...Int.max - 1)
    let psOptions = arguments.operands.dropFirst()
    let state = try reported { () throws(ContainerError) in try options.store.load(id) }
    let pids = { () throws(CommandError) -> [Int32] in
      try reported { () throws(SystemError) in try Cgroup(path: state.cgroup).processes() }
    }
    switch arguments.value("format") {
    case "json"?:
      let json = JSONValue.array(try pids().map { JSONValue($0) })
      return Output.write(JSONWriter.encode(json) + [UInt8(ascii: "\n")], to: .output) ? 0 : 1
    case nil, "table"?:
      let columns = try ProcessTableOptions.columns(psOptions)
      return Ward.print(try ProcessTable(columns, showsArguments: state.entry == nil, pids: pids).text)
    case _?: throw CommandError("invalid format option")
    }
  }
}
