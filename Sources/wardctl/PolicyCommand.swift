internal import ArgumentParser

/// Writing policies.
struct PolicyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "policy",
    abstract: "Generate, learn, format, compile, check, inspect, compare, explain, test, lint and sign policies.",
    subcommands: [
      PolicyGenerateCommand.self, PolicyLearnCommand.self, PolicyFormatCommand.self, PolicyCompileCommand.self,
      PolicyCheckCommand.self, PolicyInspectCommand.self, PolicyDiffCommand.self, PolicyExampleCommand.self,
      PolicyExplainCommand.self, PolicyTestCommand.self, PolicyLintCommand.self, PolicySignCommand.self,
      PolicyVerifyCommand.self,
    ])
}
