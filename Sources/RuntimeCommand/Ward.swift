internal import Bytes

/// The command line as a whole.
enum Ward {
  /// A verb: its syntax, and what it does with what stood on the command line. The result is the exit code.
  struct Verb: Sendable {
    let syntax: Syntax
    /// With what `--help` ends: callers ask so whether a verb is there at all.
    var helpStatus: Int32 = 0
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
    Verb(syntax: PauseCommand.syntax, run: PauseCommand.run),
    Verb(syntax: ResumeCommand.syntax, run: ResumeCommand.run),
    Verb(syntax: UpdateCommand.syntax, run: UpdateCommand.run),
    Verb(syntax: EventsCommand.syntax, run: EventsCommand.run),
    Verb(syntax: ListCommand.syntax, run: ListCommand.run),
    Verb(syntax: PsCommand.syntax, run: PsCommand.run),
    Verb(syntax: CheckpointCommand.checkpointSyntax, helpStatus: 1, run: CheckpointCommand.checkpoint),
    Verb(syntax: CheckpointCommand.restoreSyntax, helpStatus: 1, run: CheckpointCommand.restore),
    Verb(syntax: SpecCommand.syntax, run: SpecCommand.run),
    Verb(syntax: FeaturesCommand.syntax, run: FeaturesCommand.run),
    Verb(syntax: CompletionCommand.syntax, run: CompletionCommand.run),
  ]

  /// Runs a command; `options` tells where its failure is to be reported.
  static func run(_ arguments: ArraySlice<ByteString>, _ options: inout GlobalOptions) throws(CommandError) -> Int32 {
    let global = try GlobalOptions.syntax.parse(arguments)
    try options.take(global)
    if global.isOn("version") { return print(Version.text(commit: options.commit)) }
    guard let name = global.operands.first, !global.isOn("help") else { return print(Help.overview) }
    if name == "help" { return try help(global.operands.dropFirst()) }
    let verb = try verb(name)
    let parsed = try verb.syntax.parse(global.operands.dropFirst())
    if parsed.isOn("help") { return max(print(Help.text(of: verb.syntax)), verb.helpStatus) }
    return try verb.run(parsed, options)
  }

  private static func help(_ operands: ArraySlice<ByteString>) throws(CommandError) -> Int32 {
    guard let name = operands.first, name != "help" else { return print(Help.overview) }
    return print(Help.text(of: try verb(name).syntax))
  }

  private static func verb(_ name: ByteString) throws(CommandError) -> Verb {
    guard let verb = verbs.first(where: { name.bytes.elementsEqual($0.syntax.name.utf8) }) else {
      throw CommandError("No help topic for '\(name)'", exitCode: 3)
    }
    return verb
  }

  /// Prints the answer of a command; it fails where nobody can have read it.
  static func print(_ text: String) -> Int32 { Output.write(text, to: .output) ? 0 : 1 }
}
