internal import Bytes
internal import Container
internal import RuntimeSpec
internal import StrictJSON

/// `ward list`: the containers made with this `--root`.
enum ListCommand {
  static let syntax = Syntax(
    "list", "", "lists the containers of this --root",
    examples: ["ward list", "ward list --format json | jq '.[].id'"],
    [
      .init("format", "f", value: "FORMAT", choices: ["table", "json"], help: "table or json"),
      .init("quiet", "q", help: "print only the ids"),
      .help,
    ])

  static func run(_ arguments: ParsedArguments, _ options: GlobalOptions) throws(CommandError) -> Int32 {
    guard arguments.operands.isEmpty else { throw CommandError("list takes no operand") }
    let store = options.store
    if arguments.isOn("quiet") {
      let states = try reported { () throws(ContainerError) in try store.list() }
      return Ward.print(states.map { "\($0.id)\n" }.joined())
    }
    let states = try reported { () throws(ContainerError) in
      var states: [State] = []
      for state in try store.list() { states.append(state.specification(try store.status(of: state), owner: "root")) }
      return states
    }
    switch arguments.value("format") {
    case nil, "table"?: return Ward.print(table(states))
    case "json"?:
      let json = JSONWriter.encode(.array(states.map(\.json)))
      return Output.write(json + [UInt8(ascii: "\n")], to: .output) ? 0 : 1
    case _?: throw CommandError("invalid format option")
    }
  }

  /// Columns as runc's: at least 12 wide, three spaces apart.
  static func table(_ states: [State]) -> String {
    var rows = [["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"]]
    for state in states {
      rows.append([
        state.id.description, "\(state.pid ?? 0)", state.status.rawValue, state.bundle.description,
        (state.created ?? "").description, (state.owner ?? "").description,
      ])
    }
    let widths = rows[0].indices.map { column in rows.map { $0[column].utf8.count + 3 }.reduce(12, max) }
    return rows.map { row in
      let cells = row.dropLast().enumerated().map { column, cell in
        cell + String(repeating: " ", count: widths[column] - cell.utf8.count)
      }
      return cells.joined() + (row.last ?? "") + "\n"
    }.joined()
  }
}
