/// What `--help` prints.
enum Help {
  /// The verbs and the flags before them.
  static var overview: String {
    let verbs = Ward.verbs.map { ($0.syntax.name, $0.syntax.summary) }
    return
      "\(GlobalOptions.syntax.summaryLine)\n\nCommands:\n\(table(verbs))\nFlags:\n\(table(GlobalOptions.syntax.rows))"
  }

  /// One verb.
  static func text(of syntax: Syntax) -> String {
    "\(syntax.summaryLine)\n\nFlags:\n\(table(syntax.rows))"
  }

  private static func table(_ rows: [(String, String)]) -> String {
    let width = rows.map(\.0.count).max() ?? 0
    return rows.map { "  " + $0.0 + String(repeating: " ", count: width - $0.0.count + 2) + $0.1 + "\n" }.joined()
  }
}

extension Syntax {
  fileprivate var summaryLine: String {
    let program = name == "ward" ? "ward" : "ward \(name)"
    return "\(program) [flags]\(operands.isEmpty ? "" : " " + operands): \(summary)"
  }

  fileprivate var rows: [(String, String)] {
    flags.map { flag in
      let letter = flag.letter.map { ", -\($0)" } ?? ""
      return ("--\(flag.name)\(letter)\(flag.value.map { " " + $0 } ?? "")", flag.help)
    }
  }
}
