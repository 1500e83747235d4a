internal import ArgumentParser
internal import Bytes

/// `wardctl image`: verified images, from a directory to a node.
struct ImageCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "image", abstract: "Build, inspect, check and close verified images.",
    subcommands: [
      ImageBuildCommand.self, ImageBuildDriverCommand.self, ImageListCommand.self, ImageInspectCommand.self,
      ImageVerifyCommand.self,
      ImageCloseCommand.self,
    ])
}

/// A failure that is shown as it stands; the exit status is 1.
struct ImageFailure: Error, CustomStringConvertible {
  let description: String
}
