internal import ArgumentParser

/// Writing policies.
struct PolicyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "policy",
    abstract: "Generate, compile, check, show and sign policies.",
    subcommands: [
      PolicyGenerateCommand.self, PolicyCompileCommand.self, PolicyCheckCommand.self, PolicyShowCommand.self,
      PolicySignCommand.self, PolicyVerifyCommand.self,
    ])
}
