internal import Bytes

/// The command line as a whole.
enum Ward {
  /// A verb: its syntax, and what it does with what stood on the command line. The result is the exit code.
  struct Verb: Sendable {
    let name: String
    /// With what `--help` ends: callers ask so whether a verb is there at all.
    let helpStatus: Int32
    let run: @Sendable (ParsedArguments, GlobalOptions) throws(CommandError) -> Int32
    private let makeSyntax: @Sendable () -> Syntax

    init(
      _ name: String, syntax: @autoclosure @escaping @Sendable () -> Syntax, helpStatus: Int32 = 0,
      run: @escaping @Sendable (ParsedArguments, GlobalOptions) throws(CommandError) -> Int32
    ) {
      (self.name, self.helpStatus, self.run, makeSyntax) = (name, helpStatus, run, syntax)
    }

    /// Made when it is asked for: a command needs that of its own verb alone.
    var syntax: Syntax { makeSyntax() }
  }

  static let verbs: [Verb] = [
    Verb("create", syntax: CreateCommand.syntax, run: CreateCommand.run),
    Verb("start", syntax: StartCommand.syntax, run: StartCommand.run),
    Verb("run", syntax: RunCommand.syntax, run: RunCommand.run),
    Verb("exec", syntax: ExecCommand.syntax, run: ExecCommand.run),
    Verb("state", syntax: StateCommand.syntax, run: StateCommand.run),
    Verb("kill", syntax: KillCommand.syntax, run: KillCommand.run),
    Verb("delete", syntax: DeleteCommand.syntax, run: DeleteCommand.run),
    Verb("pause", syntax: PauseCommand.syntax, run: PauseCommand.run),
    Verb("resume", syntax: ResumeCommand.syntax, run: ResumeCommand.run),
    Verb("update", syntax: UpdateCommand.syntax, run: UpdateCommand.run),
    Verb("events", syntax: EventsCommand.syntax, run: EventsCommand.run),
    Verb("list", syntax: ListCommand.syntax, run: ListCommand.run),
    Verb("ps", syntax: PsCommand.syntax, run: PsCommand.run),
    Verb("checkpoint", syntax: CheckpointCommand.checkpointSyntax, helpStatus: 1, run: CheckpointCommand.checkpoint),
    Verb("restore", syntax: CheckpointCommand.restoreSyntax, helpStatus: 1, run: CheckpointCommand.restore),
    Verb("spec", syntax: SpecCommand.syntax, run: SpecCommand.run),
    Verb("features", syntax: FeaturesCommand.syntax, run: FeaturesCommand.run),
    Verb("completion", syntax: CompletionCommand.syntax, run: CompletionCommand.run),
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
    guard let verb = verbs.first(where: { name.bytes.elementsEqual($0.name.utf8) }) else {
      throw CommandError("No help topic for '\(name)'", exitCode: 3)
    }
    return verb
  }

  /// Prints the answer of a command; it fails where nobody can have read it.
  static func print(_ text: String) -> Int32 { Output.write(text, to: .output) ? 0 : 1 }
}
