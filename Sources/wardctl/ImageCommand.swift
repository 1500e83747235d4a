internal import ArgumentParser
internal import Bytes

/// `wardctl image`: verified images, from a directory to a node.
struct ImageCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "image", abstract: "Build, inspect, check, sign, move, mount, watch and close verified images.",
    subcommands: [
      ImageBuildCommand.self, ImageBuildDriverCommand.self, ImageLockCommand.self, ImageListCommand.self,
      ImageInspectCommand.self, ImageVerifyCommand.self, ImageExportCommand.self, ImageImportCommand.self,
      ImageSignCommand.self, ImageMountCommand.self, ImageLiveCommand.self, ImageCloseCommand.self,
    ])
}

/// A failure that is shown as it stands; the exit status is 1.
struct ImageFailure: Error, CustomStringConvertible {
  let description: String
}
