/// For fish: a line for each verb and flag.
enum FishCompletion {
  static var script: String {
    let verbs = Ward.verbs.map(\.syntax)
    let names = (verbs.map(\.name) + ["help"]).joined(separator: " ")
    let before = "not __fish_seen_subcommand_from \(names)"
    var text = "# fish completion for ward\ncomplete -c ward -f\n"
    text += verbs.map { line(before, "-a \($0.name) -d \($0.summary.shellQuoted)") }.joined()
    text += line(before, "-a help -d 'prints what ward or a command does'")
    text += line("__fish_seen_subcommand_from help", "-a '\(verbs.map(\.name).joined(separator: " "))'")
    text += GlobalOptions.syntax.flags.map { line(before, option($0)) }.joined()
    for syntax in verbs {
      let condition = "__fish_seen_subcommand_from \(syntax.name)"
      text += syntax.flags.map { line(condition, option($0)) }.joined()
      switch Completion(operandOf: syntax) {
      case .nothing, .files, .directories: break
      case .words(let words): text += line(condition, "-a '\(words.joined(separator: " "))'")
      case .containers: text += line(condition, "-a '(ward list --quiet 2>/dev/null)'")
      }
    }
    return text
  }

  private static func line(_ condition: String, _ rest: String) -> String {
    "complete -c ward -n '\(condition)' \(rest)\n"
  }

  private static func option(_ flag: Syntax.Flag) -> String {
    let letter = flag.letter.map { " -s \($0)" } ?? ""
    let value =
      switch Completion(flag) {
      case nil: ""
      case .nothing, .containers: " -x"
      case .words(let words): " -x -a '\(words.joined(separator: " "))'"
      case .files: " -r -F"
      case .directories: " -x -a '(__fish_complete_directories)'"
      }
    return "-l \(flag.name)\(letter)\(value) -d \(flag.help.shellQuoted)"
  }
}
