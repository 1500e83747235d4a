/// The lines of a policy in the making.
package struct PolicyLines {
  package private(set) var lines: [String] = []

  /// No lines.
  package init() {}

  /// Adds a line.
  package mutating func add(_ text: String, indent: Int = 0) {
    lines.append(String(repeating: " ", count: indent) + text)
  }

  /// Adds lines that are indented already.
  package mutating func add(_ more: [String]) { lines += more }

  /// Says why the next line is as it is.
  package mutating func note(_ text: String, indent: Int) {
    let start = String(repeating: " ", count: indent) + "#"
    var line = start
    for word in text.split(separator: " ") {
      if line != start, line.utf8.count + word.utf8.count + 1 > 120 {
        lines.append(line)
        line = start
      }
      line += " " + word
    }
    lines.append(line)
  }
}
