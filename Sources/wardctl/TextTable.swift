internal import Bytes
internal import Linux

/// Rows under headings, cut to the width of the terminal: the last column gives way.
struct TextTable {
  let headings: [String]
  /// As many cells as headings, all of printable ASCII.
  let rows: [[String]]

  /// The lines, without spaces at their ends.
  func lines(width: Int?) -> [String] {
    let all = [headings] + rows
    let widths = headings.indices.map { column in all.reduce(0) { max($0, $1[column].utf8.count) } }
    return all.map { row in
      var line = ""
      for (column, cell) in row.enumerated() {
        line += cell
        if column < row.count - 1 { line += String(repeating: " ", count: widths[column] - cell.utf8.count + 2) }
      }
      while line.hasSuffix(" ") { line.removeLast() }
      guard let width, line.utf8.count > width, width > 3 else { return line }
      return line.prefix(width - 3) + "..."
    }
  }

  /// Prints it on the standard output; on a terminal with a bold heading, unless NO_COLOR is set.
  func print() {
    let isTerminal = CurrentProcess.isTerminal(1)
    let isColoured = isTerminal && (CurrentProcess.variable("NO_COLOR")?.isEmpty ?? true)
    for (index, line) in lines(width: isTerminal ? CurrentProcess.terminalColumns(1) : nil).enumerated() {
      Swift.print(index == 0 && isColoured ? "\u{1B}[1m\(line)\u{1B}[0m" : line)
    }
  }
}
