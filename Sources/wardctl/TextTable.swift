internal import Bytes
internal import Linux

/// Rows under headings, made to fit the terminal: the last column gives way, onto a line of its own where it would
/// have no room to say anything.
struct TextTable {
  let headings: [String]
  /// As many cells as headings, all of printable ASCII.
  let rows: [[String]]

  /// Below this many characters the last column moves to its own line.
  private static let leastRoom = 40
  private static let indent = "        "

  /// The lines, without spaces at their ends.
  func lines(width: Int?) -> [String] {
    let all = [headings] + rows
    let widths = headings.indices.dropLast().map { column in all.reduce(0) { max($0, $1[column].utf8.count) } + 2 }
    let room = width.map { $0 - widths.reduce(0, +) } ?? Int.max
    let isApart = room < Self.leastRoom && all.contains { ($0.last ?? "").utf8.count > room }
    return all.enumerated().flatMap { index, row in
      let head = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.utf8.count) }.joined()
      let last = row.last ?? ""
      guard isApart, let width else { return [trimmed(head + cut(last, room))] }
      return [trimmed(head)] + (index == 0 ? [] : [Self.indent + cut(last, width - Self.indent.utf8.count)])
    }
  }

  private func cut(_ text: String, _ room: Int) -> String {
    text.utf8.count <= room ? text : text.prefix(max(0, room - 3)) + "..."
  }

  private func trimmed(_ line: String) -> String {
    var line = line
    while line.hasSuffix(" ") { line.removeLast() }
    return line
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
