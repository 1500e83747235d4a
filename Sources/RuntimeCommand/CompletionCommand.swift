internal import Bytes

/// `ward completion`: what a shell needs to complete a command line of `ward`, made from the same description that the
/// command line is read by.
enum CompletionCommand {
  static let syntax = Syntax(
    "completion", "bash|zsh|fish", "prints the completion of ward for a shell",
    examples: [
      "ward completion bash >/usr/share/bash-completion/completions/ward",
      "ward completion zsh >/usr/local/share/zsh/site-functions/_ward",
      "ward completion fish >/usr/share/fish/vendor_completions.d/ward.fish",
    ], [.help])

  static func run(_ arguments: ParsedArguments, _ options: GlobalOptions) throws(CommandError) -> Int32 {
    guard arguments.operands.count == 1, let shell = arguments.operands.first else {
      throw CommandError("completion: expected a shell: bash, zsh or fish")
    }
    switch shell {
    case "bash": return Ward.print(BashCompletion.script)
    case "zsh": return Ward.print(ZshCompletion.script)
    case "fish": return Ward.print(FishCompletion.script)
    case _: throw CommandError("completion: expected bash, zsh or fish, found \"\(shell)\"")
    }
  }
}

/// What can stand in a place of the command line.
enum Completion: Equatable {
  case nothing
  case words([String])
  case files
  case directories
  /// Of the containers that `ward list` names.
  case containers

  /// The value of a flag; nil where it takes none.
  init?(_ flag: Syntax.Flag) {
    guard let value = flag.value else { return nil }
    if !flag.choices.isEmpty {
      self = .words(flag.choices)
    } else {
      switch value {
      case "FILE", "SOCKET": self = .files
      case "DIR": self = .directories
      case _: self = .nothing
      }
    }
  }

  /// The first operand of a verb.
  init(operandOf syntax: Syntax) {
    switch syntax.name {
    case CompletionCommand.syntax.name: self = .words(["bash", "zsh", "fish"])
    // Their id is one that is not taken yet.
    case CreateCommand.syntax.name, RunCommand.syntax.name: self = .nothing
    case _: self = syntax.operands.hasPrefix("ID") ? .containers : .nothing
    }
  }
}

extension Syntax.Flag {
  /// How the flag can be written; a shell offers the long form.
  var forms: [String] { ["--\(name)"] + (letter.map { ["-\($0)"] } ?? []) }
}

extension String {
  /// The text between apostrophes, for a shell.
  var shellQuoted: String {
    "'" + split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }
}
