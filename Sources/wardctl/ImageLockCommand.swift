internal import ArgumentParser
internal import Bytes
internal import ImageBuilding
internal import Policy
internal import PolicyAuthoring

/// `wardctl image lock`: an image that is there already into a lock file.
struct ImageLockCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lock", abstract: "Enter an image file that was built before into a lock file.",
    discussion: """
      Its geometry is found from its name and its superblock, and every block is checked against it. What a container \
      image says of its process is not in the file: build it again, or import it, where a policy needs that.

      Of an encrypted image nothing can be found without its key: give the key, and the name by which nodes ask for it. \
      Who has no key takes the image's entry from the lock file of who built it.

      Examples:
        wardctl image lock --lock images.lock --name model images/ROOTHASH.erofs
        wardctl image lock --lock images.lock --name model --encrypt model-key --key model.key images/ROOTHASH.crypt
      """)

  @Option(help: ArgumentHelp("The lock file; made if it is missing.", valueName: "file")) var lock: String
  @Option(help: ArgumentHelp("What policies call the image.", valueName: "name")) var name: String
  @Option(
    help: ArgumentHelp("An OCI reference that a control plane may call it by; repeatable.", valueName: "reference"))
  var reference: [String] = []
  @Option(help: ArgumentHelp("The salt that the image was built with.", valueName: "hex"))
  var salt = SaltArgument(salt: .derived)
  @Option(
    help: ArgumentHelp("The image is encrypted with the key that nodes ask for by this name.", valueName: "name"))
  var encrypt: String?
  @OptionGroup var keyOption: ImageKeyOption
  @Flag(help: "Print the entry of the lock file as JSON.") var json = false
  @Argument(help: ArgumentHelp("The image file.", valueName: "file")) var file: String

  func validate() throws {
    guard (encrypt == nil) == (keyOption.key == nil) else { throw ValidationError("give --encrypt and --key together") }
    guard encrypt != nil || !ByteString(file).hasSuffix(".crypt") else {
      throw ValidationError("\(ByteString(file)) is encrypted: --encrypt NAME and --key FILE are missing")
    }
    if let encrypt { _ = try ImageEncryption(named: encrypt) }
  }

  func run() throws {
    let progress = Progress(name: name)
    defer { progress.end() }
    let geometry = try ImageBuilder.geometry(
      of: ByteString(file), salt: salt.salt, decrypt: try keyOption.key.map { try ImageKeyOption.decryption($0) }
    ) { progress.show($0) }
    let entry = ImageLock.Entry(
      geometry: geometry, encryption: try encrypt.map { try ImageEncryption(named: $0) },
      references: reference.map { ByteString($0) }, config: nil)
    try ImageLockFile(ByteString(lock)).enter(entry, as: ByteString(name))
    progress.end()
    try ImageOutput.print(name: ByteString(name), entry, path: ByteString(file), json: json)
  }
}

extension ImageEncryption {
  /// The encryption with the key of this name, as it stands on a command line.
  init(named name: String) throws {
    guard let encryption = ImageEncryption(key: ByteString(name)) else {
      throw ValidationError("--encrypt needs a name of at most 64 letters, digits and ._-, found \(name)")
    }
    self = encryption
  }
}
