internal import Bytes
internal import Linux

/// The table of `ps`, made here and not by the node's `ps`: with options of the caller's choice, that one would show
/// processes of the node (`-o ppid=PID`), or the environment of the container's (`e`).
struct ProcessTable {
  private let columns: [ProcessColumn]
  private let rows: [ProcessRow]

  /// Looks at processes.
  ///
  /// - Parameters:
  ///   - pids: Tells which belong to the container. It is asked again after the last look: a number that had come to
  ///     mean another process by then is left out.
  ///   - showsArguments: Whether command lines are shown, or the short name that the kernel keeps.
  init(
    _ columns: [ProcessColumn], showsArguments: Bool, pids: () throws(CommandError) -> [Int32]
  ) throws(CommandError) {
    let first = try pids()
    let rows = try reported { () throws(SystemError) in
      let node = try ProcessRow.Node.current()
      var rows: [ProcessRow] = []
      for pid in first.sorted() {
        guard let details = try ProcessDetails.of(pid: pid) else { continue }
        let arguments = showsArguments ? try ProcessDetails.arguments(of: pid) : ""
        rows.append(ProcessRow(details: details, arguments: arguments, node: node))
      }
      return rows
    }
    let last = Set(try pids())
    self.columns = columns
    self.rows = rows.filter { last.contains($0.details.status.pid) }
  }

  /// A line of headers and a line for each process.
  var text: String {
    let cells = [columns.map(\.header)] + rows.map { row in columns.map { $0.value(row) } }
    let widths = columns.indices.map { column in cells.map { $0[column].utf8.count }.reduce(0, max) }
    return cells.map { line in
      let padded = line.indices.map { column in
        let space = String(repeating: " ", count: widths[column] - line[column].utf8.count)
        if columns[column].alignsRight { return space + line[column] }
        return column == line.count - 1 ? line[column] : line[column] + space
      }
      return padded.joined(separator: " ") + "\n"
    }.joined()
  }
}
