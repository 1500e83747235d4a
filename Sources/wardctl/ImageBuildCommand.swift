internal import ArgumentParser
internal import Bytes
internal import Linux
internal import PolicyAuthoring

/// `wardctl image build`: a directory or an OCI image to an EROFS file with a dm-verity hash tree.
struct ImageBuildCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "build", abstract: "Make a verified image of a directory or of an OCI image.",
    discussion: """
      The same files give the same image, bit for bit, whatever their times and the order in which they were made. \
      The image is written to OUTPUT/<root hash>.erofs, and what identifies it to the lock file.

      A container's root needs places for its mounts. Where they are missing they are added: the directories \
      \(MountPoints.directories.joined(separator: " ")) and the files \(MountPoints.files.joined(separator: " ")).
      """)

  @Option(help: ArgumentHelp("Where to write the image; made if it is missing.", valueName: "dir"))
  var output: String

  @Option(help: ArgumentHelp("The lock file that the image is entered in; made if it is missing.", valueName: "file"))
  var lock: String

  @Option(help: ArgumentHelp("What policies call the image.", valueName: "name"))
  var name: String

  @Option(
    help: ArgumentHelp("An OCI reference that a control plane may call it by; repeatable.", valueName: "reference"))
  var reference: [String] = []

  @Option(
    help: ArgumentHelp(
      "Salt of the hash tree: hexadecimal, at most 256 bytes, or 'derived' from the contents.", valueName: "hex"))
  var salt = Salt.derived

  @Option(help: ArgumentHelp("A further directory to add where it is missing; repeatable.", valueName: "path"))
  var mountPoint: [String] = []

  @Flag(help: "The image is a volume and not a root: add no places for mounts.")
  var volume = false

  @Flag(help: "Keep owners and extended attributes of a directory; otherwise all belongs to root.")
  var keepOwner = false

  @Option(help: ArgumentHelp("Take an image from an OCI layout instead of a directory.", valueName: "dir:tag"))
  var ociLayout: OCIImage?

  @Flag(help: "Print the entry of the lock file as JSON.")
  var json = false

  @Argument(help: ArgumentHelp("The directory with the files of the image.", valueName: "source"))
  var source: String?

  func validate() throws {
    guard (source == nil) != (ociLayout == nil) else {
      throw ValidationError("give either a source directory or --oci-layout")
    }
    guard !volume || mountPoint.isEmpty else { throw ValidationError("--mount-point has no place with --volume") }
    for path in mountPoint where !ByteString(path).isCleanAbsolutePath {
      throw ValidationError("--mount-point needs an absolute path without . and .., found \(path)")
    }
    guard ociLayout == nil || !keepOwner else {
      throw ValidationError("--keep-owner is for directories; the owners of an OCI image are always kept")
    }
    guard !name.isEmpty else { throw ValidationError("--name must not be empty") }
  }

  func run() throws {
    let builder = try ImageBuilder(
      output: ByteString(output), salt: salt, progress: Progress(name: name))
    let mountPoints = MountPoints(standard: !volume, more: mountPoint.map { ByteString($0) })
    let made =
      if let ociLayout {
        try builder.build(ociLayout, mountPoints: mountPoints)
      } else {
        try builder.build(directory: ByteString(source ?? ""), keepOwner: keepOwner, mountPoints: mountPoints)
      }
    let entry = ImageLock.Entry(
      geometry: made.geometry, references: reference.map { ByteString($0) }, config: made.config)
    try ImageLockFile(ByteString(lock)).enter(entry, as: ByteString(name))
    try ImageOutput.print(name: ByteString(name), entry, path: made.path, json: json)
  }
}

/// What is hashed before each block.
enum Salt: ExpressibleByArgument {
  /// SHA-256 of the file system, so that the same files give the same image.
  case derived
  case bytes(ByteString)

  init?(argument: String) {
    if argument == "derived" {
      self = .derived
    } else {
      guard let bytes = Hex.decode(ByteString(argument)), bytes.count <= 256 else { return nil }
      self = .bytes(ByteString(bytes))
    }
  }

  var defaultValueDescription: String { "derived" }
}

extension OCIImage: ExpressibleByArgument {
  init?(argument: String) {
    let text = ByteString(argument)
    guard let colon = text.bytes.lastIndex(of: UInt8(ascii: ":")), colon > 0, colon + 1 < text.count else { return nil }
    self.init(layout: ByteString(text.bytes[..<colon]), tag: ByteString(text.bytes[(colon + 1)...]))
  }
}
