internal import ArgumentParser

/// `wardctl gpu`: the GPUs of this node.
struct GPUCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gpu", abstract: "Show which GPUs this node has, and which containers hold them.",
    subcommands: [GPUStatusCommand.self])
}
