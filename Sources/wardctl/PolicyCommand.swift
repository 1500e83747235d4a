internal import ArgumentParser

/// Writing policies.
struct PolicyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "policy",
    abstract: "Compile, check, show, compare, explain, test and lint policies.",
    subcommands: [
      PolicyCompileCommand.self, PolicyCheckCommand.self, PolicyShowCommand.self, PolicyDiffCommand.self,
      PolicyExplainCommand.self, PolicyTestCommand.self,
      PolicyLintCommand.self,
    ])
}
