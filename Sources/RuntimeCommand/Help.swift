/// What `--help` prints.
enum Help {
  /// As wide as a terminal is at least.
  private static let width = 80
  /// Where what is said of a flag or verb begins; a longer name has the line to itself.
  private static let column = 28

  /// The verbs and the flags before them.
  static var overview: String {
    let verbs = Ward.verbs.map { ($0.syntax.name, $0.syntax.summary) }
    return text(of: GlobalOptions.syntax, usage: "ward [FLAG...] COMMAND [ARGUMENT...]", [("Commands", verbs)])
  }

  /// One verb.
  static func text(of syntax: Syntax) -> String {
    let operands = syntax.operands.isEmpty ? "" : " " + syntax.operands
    return text(of: syntax, usage: "ward [GLOBAL FLAG...] \(syntax.name) [FLAG...]\(operands)", [])
  }

  private static func text(of syntax: Syntax, usage: String, _ tables: [(String, [(String, String)])]) -> String {
    let title = syntax.name == "ward" ? "ward" : "ward \(syntax.name)"
    var parts = [wrapped("\(title) - \(syntax.summary)", indent: 0), "Usage:\n  \(usage)\n"]
    parts += tables.map { "\($0.0):\n\(table($0.1))" }
    parts += ["Flags:\n\(table(syntax.rows))"]
    if !syntax.details.isEmpty {
      parts.append(
        paragraphs(of: syntax.details).map { wrapped($0, indent: 0) }.joined(separator: "\n"))
    }
    if !syntax.examples.isEmpty {
      let title = syntax.examples.count == 1 ? "Example" : "Examples"
      parts.append("\(title):\n" + syntax.examples.map { "  \($0)\n" }.joined())
    }
    return parts.joined(separator: "\n")
  }

  private static func table(_ rows: [(String, String)]) -> String {
    rows.map { name, text in
      let begin = "  \(name)"
      let lines = wrapped(text, indent: column)
      guard begin.count + 2 <= column else { return "\(begin)\n\(lines)" }
      return begin + lines.dropFirst(begin.count)
    }.joined()
  }

  /// The parts between empty lines. By lines, not by a separator of two characters: that would be the library of regular
  /// expressions, whose megabyte every start of ward would relocate.
  private static func paragraphs(of text: String) -> [String] {
    text.split(omittingEmptySubsequences: false, whereSeparator: { $0 == "\n" }).split(whereSeparator: \.isEmpty)
      .map { $0.joined(separator: "\n") }
  }

  /// Lines of whole words, each with an indent.
  private static func wrapped(_ text: String, indent: Int) -> String {
    let space = String(repeating: " ", count: indent)
    var lines: [String] = []
    for word in text.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
      if let last = lines.last, indent + last.count + 1 + word.count <= width {
        lines[lines.count - 1] += " \(word)"
      } else {
        lines.append(String(word))
      }
    }
    return lines.map { space + $0 + "\n" }.joined()
  }
}

extension Syntax {
  /// The flags with their values, and what they mean.
  fileprivate var rows: [(String, String)] {
    flags.map { flag in
      let letter = flag.letter.map { "-\($0), " } ?? "    "
      return ("\(letter)--\(flag.name)\(flag.value.map { " " + $0 } ?? "")", flag.help)
    }
  }
}
