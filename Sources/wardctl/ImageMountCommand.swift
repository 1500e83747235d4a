internal import ArgumentParser
internal import Bytes
internal import Linux
internal import PolicyAuthoring
internal import VerifiedImage

/// `wardctl image mount`: an image's files, for looking.
struct ImageMountCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mount", abstract: "Check an image and mount it read-only, to look at its files.",
    discussion: """
      Every block is checked before. An encrypted image is decrypted into memory. Needs root; `umount DIRECTORY` ends it.

      Example:
        wardctl image mount images.lock model --images images /mnt
      """)

  @Argument(help: ArgumentHelp("The lock file.", valueName: "lock")) var lock: String
  @Argument(help: ArgumentHelp("The image's name.", valueName: "name")) var name: String
  @Option(help: ArgumentHelp("A directory with image files; repeatable.", valueName: "dir")) var images: [String]
  @OptionGroup var keyOption: ImageKeyOption
  @Argument(help: ArgumentHelp("An existing directory.", valueName: "directory")) var directory: String

  func run() throws {
    let entry = try ImageLockFile(ByteString(lock)).entry(ByteString(name))
    let decrypt = try keyOption.decryption(of: entry)
    let file = try UnverifiedImageFile(
      entry.geometry, isEncrypted: decrypt != nil, in: images.map { ByteString($0) })
    let place = try FileDescriptor.open(ByteString(directory), [.path, .directory])
    if let decrypt {
      try file.mountToLook(decrypt: decrypt).attachMount(onto: place)
    } else {
      try file.verify()
      try file.mountToLook().attachMount(onto: place)
    }
  }
}
