internal import ArgumentParser

/// The command line for authors, admins and operators.
@main
struct Wardctl: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "wardctl",
    abstract: "Write policies and images for ward, measure a node's policy, and read what it decided.",
    subcommands: [
      PolicyCommand.self, ImageCommand.self, MeasureCommand.self, AttestCommand.self, DenialsCommand.self,
      GPUCommand.self,
    ])
}
