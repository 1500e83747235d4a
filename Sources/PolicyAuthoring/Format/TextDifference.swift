/// What makes one text from another, line by line, as diff(1) prints it with `-u`.
public struct TextDifference: CustomStringConvertible {
  /// The hunks under the names of the texts; empty where both are the same.
  public let description: String

  private enum Line {
    case same(String)
    case removed(String)
    case added(String)

    var text: String {
      switch self {
      case .same(let text): " " + text
      case .removed(let text): "-" + text
      case .added(let text): "+" + text
      }
    }

    var isSame: Bool { if case .same = self { true } else { false } }
  }

  /// How many lines stand around a change.
  private static let context = 3

  /// Compares two texts; their names stand above.
  public init(from old: String, to new: String, named names: (old: String, new: String)) {
    let (old, new) = (Self.lines(of: old), Self.lines(of: new))
    let all = Self.lines(old, new)
    let shown = Set(
      all.indices.filter { !all[$0].isSame }.flatMap { Array($0 - Self.context...$0 + Self.context) }
    ).intersection(all.indices).sorted()
    var text = shown.isEmpty ? "" : "--- \(names.old)\n+++ \(names.new)\n"
    var (oldCount, newCount, next) = (0, 0, 0)
    for (position, index) in shown.enumerated() where position == 0 || shown[position - 1] != index - 1 {
      for line in all[next..<index] { Self.count(line, &oldCount, &newCount) }
      let hunk = zip(index..., shown[position...]).prefix { $0 == $1 }.map { all[$0.0] }
      let sizes = (
        hunk.count { if case .added = $0 { false } else { true } },
        hunk.count { if case .removed = $0 { false } else { true } }
      )
      text += "@@ -\(Self.range(oldCount, sizes.0)) +\(Self.range(newCount, sizes.1)) @@\n"
      text += hunk.map { $0.text + "\n" }.joined()
      for line in hunk { Self.count(line, &oldCount, &newCount) }
      next = index + hunk.count
    }
    description = text
  }

  private static func lines(of text: String) -> [String] {
    // The last line feed ends a line and starts none.
    let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
    return lines.last?.isEmpty == true ? lines.dropLast() : lines
  }

  private static func count(_ line: Line, _ old: inout Int, _ new: inout Int) {
    switch line {
    case .same: (old, new) = (old + 1, new + 1)
    case .removed: old += 1
    case .added: new += 1
    }
  }

  /// The first line and the number of lines; where there are none, the line before.
  private static func range(_ before: Int, _ count: Int) -> String {
    count == 0 ? "\(before),0" : count == 1 ? "\(before + 1)" : "\(before + 1),\(count)"
  }

  private static func lines(_ old: [String], _ new: [String]) -> [Line] {
    var removed: Set<Int> = []
    var added: Set<Int> = []
    for change in new.difference(from: old) {
      switch change {
      case .remove(let offset, _, _): removed.insert(offset)
      case .insert(let offset, _, _): added.insert(offset)
      }
    }
    var lines: [Line] = []
    var (i, j) = (0, 0)
    while i < old.count || j < new.count {
      if removed.contains(i) {
        lines.append(.removed(old[i]))
        i += 1
      } else if added.contains(j) {
        lines.append(.added(new[j]))
        j += 1
      } else {
        lines.append(.same(old[i]))
        (i, j) = (i + 1, j + 1)
      }
    }
    return lines
  }
}
