internal import ArgumentParser
internal import Bytes
internal import Policy
internal import PolicyAnalysis

/// `wardctl policy example`: a command to begin a case with.
struct PolicyExampleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "example", abstract: "Write a config.json that an entry of a policy admits.",
    discussion: """
      It holds what the entry demands and nothing that it only may have; where the policy leaves a choice, its values \
      are made up. What a platform writes looks alike and has more: it lies beside the container on a node.

      Example: wardctl policy example policy.yaml embed > cases/embed.json

      Exit status: 0 it was written, 1 the entry admits nothing, or something could not be read, 64 the command line \
      was wrong.
      """)

  @OptionGroup var images: ImageOptions
  @Argument(help: ArgumentHelp("The policy: YAML or a bundle.", valueName: "policy")) var policy: String
  @Argument(help: ArgumentHelp("The entry: a container's name, or sandbox.", valueName: "entry")) var entry: String

  func run() throws {
    let policy = try images.policy(policy)
    guard let document = try policy.sample(of: ByteString(entry)) else {
      let names = policy.containers.keys.sorted().map(\.description) + (policy.sandbox == nil ? [] : ["sandbox"])
      throw CommandFailure(
        description: policy.containers[ByteString(entry)] == nil && entry != "sandbox"
          ? "expected an entry of the policy (\(names.joined(separator: ", "))), found \(entry)"
          : "\(entry): no command that this entry admits was found")
    }
    JSONOutput.print(document)
  }
}
