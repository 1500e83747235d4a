internal import Bytes

/// The command line as a whole.
enum Ward {
  /// A verb: its syntax, and what it does with what stood on the command line. The result is the exit code.
  struct Verb: Sendable {
    let syntax: Syntax
    let run: @Sendable (ParsedArguments, GlobalOptions) throws(CommandError) -> Int32
  }

  static let verbs: [Verb] = [
    Verb(syntax: CreateCommand.syntax, run: CreateCommand.run),
    Verb(syntax: StartCommand.syntax, run: StartCommand.run),
    Verb(syntax: RunCommand.syntax, run: RunCommand.run),
    Verb(syntax: ExecCommand.syntax, run: ExecCommand.run),
    Verb(syntax: StateCommand.syntax, run: StateCommand.run),
    Verb(syntax: KillCommand.syntax, run: KillCommand.run),
    Verb(syntax: DeleteCommand.syntax, run: DeleteCommand.run),
    Verb(syntax: ListCommand.syntax, run: ListCommand.run),
    Verb(syntax: FeaturesCommand.syntax, run: FeaturesCommand.run),
  ]

  /// Runs a command; `options` tells where its failure is to be reported.
  static func run(_ arguments: ArraySlice<ByteString>, _ options: inout GlobalOptions) throws(CommandError) -> Int32 {
    let global = try GlobalOptions.syntax.parse(arguments)
    try options.take(global)
    if global.isOn("version") { return print(Version.text(commit: options.commit)) }
    guard let name = global.operands.first, !global.isOn("help"), name != "help" || global.operands.count > 1 else {
      return print(Help.overview)
    }
    let wanted = name == "help" ? global.operands[1] : name
    guard let verb = verbs.first(where: { wanted.bytes.elementsEqual($0.syntax.name.utf8) }) else {
      throw CommandError("No help topic for '\(wanted)'", exitCode: 3)
    }
    if name == "help" { return print(Help.text(of: verb.syntax)) }
    let parsed = try verb.syntax.parse(global.operands.dropFirst())
    if parsed.isOn("help") { return print(Help.text(of: verb.syntax)) }
    return try verb.run(parsed, options)
  }

  /// Prints the answer of a command; it fails where nobody can have read it.
  static func print(_ text: String) -> Int32 { Output.write(text, to: .output) ? 0 : 1 }
}
