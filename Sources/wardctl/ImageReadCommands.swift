internal import ArgumentParser
internal import Bytes
internal import ImageBuilding
internal import Policy
internal import PolicyAuthoring
internal import VerifiedImage

/// `wardctl image list`: the images of a lock file.
struct ImageListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the images of a lock file.")

  @Argument(help: ArgumentHelp("The lock file.", valueName: "lock")) var lock: String
  @Flag(help: "Print JSON.") var json = false

  func run() throws { try ImageOutput.printTable(try ImageLockFile(ByteString(lock)).read(), json: json) }
}

/// `wardctl image inspect`: everything that identifies the images of a lock file.
struct ImageInspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Show what identifies one image, or each image, of a lock file.",
    discussion: """
      With --images also what a file says of itself: how long it is, what its file system was made with, and whose \
      signature lies beside it. What the superblock says is proved where its block has the digest that the root hash is \
      made of, and that the salt follows from the files where all of their inodes have theirs. Where the files came from \
      is in no image: an entry with a process is one of a container image. A node believes none of it, and reads no \
      superblock; `wardctl image verify` checks every block.

      Examples:
        wardctl image inspect images.lock app
        wardctl image inspect images.lock app --images images --json
      """)

  @Argument(help: ArgumentHelp("The lock file.", valueName: "lock")) var lock: String
  @Argument(help: ArgumentHelp("The image's name.", valueName: "name")) var name: String?
  @Option(help: ArgumentHelp("A directory with image files; repeatable.", valueName: "dir")) var images: [String] = []
  @Flag(help: "Print JSON.") var json = false

  func run() throws {
    let entries = try ImageLockFile(ByteString(lock)).read().images
    for (key, entry) in try entries.selected(name, of: lock) {
      let file =
        images.isEmpty
        ? nil
        : try FoundImageFile.find(
          entry.geometry, isEncrypted: entry.encryption != nil, in: images.map { ByteString($0) })
      try ImageOutput.print(name: key, entry, found: file, json: json)
    }
  }
}

/// `wardctl image verify`: the whole check that a node makes, ahead of it.
struct ImageVerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Check every block of an image file; names the first bad one.",
    discussion: """
      Of an image with error correction codes these are checked as well. Nothing is repaired: build the image again, or \
      copy it again. A signature of the root hash that lies beside the image is checked with --certificate.
      """)

  @Argument(help: ArgumentHelp("The lock file.", valueName: "lock")) var lock: String
  @Argument(help: ArgumentHelp("The image's name; each image where it is left out.", valueName: "name"))
  var name: String?
  @Option(help: ArgumentHelp("A directory with image files; repeatable.", valueName: "dir")) var images: [String]
  @OptionGroup var signerOption: ImageSignerOption
  @OptionGroup var keyOption: ImageKeyOption

  func run() throws {
    let entries = try ImageLockFile(ByteString(lock)).read().images
    for (key, entry) in try entries.selected(name, of: lock) {
      try signerOption.check(
        try RootHashSignature.find(entry.geometry, in: images.map { ByteString($0) }), of: entry.geometry)
      let decrypt = try keyOption.decryption(of: entry)
      let file = try UnverifiedImageFile(
        entry.geometry, isEncrypted: entry.encryption != nil, in: images.map { ByteString($0) })
      let (progress, size) = (Progress(name: key.description), entry.geometry.dataBlocks * VerityGeometry.blockSize)
      defer { progress.end() }
      var done: UInt64 = 0
      try file.verify(decrypt: decrypt) { piece in
        done += UInt64(piece.count)
        progress.show(BuildProgress(step: "checking", done: done, total: size))
      }
      try file.verifyErrorCorrection(decrypt: decrypt) { progress.show($0) }
      progress.end()
      try ImageOutput.line("\(key): \(entry.geometry.dataBlocks) blocks verified")
    }
  }
}

extension [ByteString: ImageLock.Entry] {
  /// The image of a name, or all in order.
  fileprivate func selected(_ name: String?, of lock: String) throws -> [(ByteString, ImageLock.Entry)] {
    guard let name else { return sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }
    guard let entry = self[ByteString(name)] else {
      throw ImageFailure(description: "\(ByteString(lock)): no image is named \(ByteString(name))")
    }
    return [(ByteString(name), entry)]
  }
}
