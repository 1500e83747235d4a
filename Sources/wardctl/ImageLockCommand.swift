internal import ArgumentParser
internal import Bytes
internal import ImageBuilding
internal import PolicyAuthoring

/// `wardctl image lock`: an image that is there already into a lock file.
struct ImageLockCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lock", abstract: "Enter an image file that was built before into a lock file.",
    discussion: """
      Its geometry is found from its name and its superblock, and every block is checked against it. What a container \
      image says of its process is not in the file: build it again, or import it, where a policy needs that.

      Example:
        wardctl image lock --lock images.lock --name model images/ROOTHASH.erofs
      """)

  @Option(help: ArgumentHelp("The lock file; made if it is missing.", valueName: "file")) var lock: String
  @Option(help: ArgumentHelp("What policies call the image.", valueName: "name")) var name: String
  @Option(
    help: ArgumentHelp("An OCI reference that a control plane may call it by; repeatable.", valueName: "reference"))
  var reference: [String] = []
  @Option(help: ArgumentHelp("The salt that the image was built with.", valueName: "hex"))
  var salt = SaltArgument(salt: .derived)
  @Flag(help: "Print the entry of the lock file as JSON.") var json = false
  @Argument(help: ArgumentHelp("The image file.", valueName: "file")) var file: String

  func run() throws {
    let progress = Progress(name: name)
    defer { progress.end() }
    let geometry = try ImageBuilder.geometry(of: ByteString(file), salt: salt.salt) { progress.show($0) }
    let entry = ImageLock.Entry(geometry: geometry, references: reference.map { ByteString($0) }, config: nil)
    try ImageLockFile(ByteString(lock)).enter(entry, as: ByteString(name))
    progress.end()
    try ImageOutput.print(name: ByteString(name), entry, path: ByteString(file), json: json)
  }
}
