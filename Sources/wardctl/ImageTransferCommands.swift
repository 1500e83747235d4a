internal import ArgumentParser
internal import Bytes
internal import ImageBuilding
internal import Linux
internal import PolicyAuthoring
internal import Signature
internal import StrictJSON
internal import VerifiedImage

/// `wardctl image export`: an image as an OCI artifact.
struct ImageExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write an image as an OCI artifact into an image layout.",
    discussion: """
      skopeo, oras and the like copy it to a registry and back. An encrypted image stays encrypted; the key is for the \
      check alone. A signature of the root hash (`wardctl image sign`) that lies beside the image goes with it.

      Example:
        wardctl image export images.lock model --images images --to layout:model-7
        skopeo copy oci:layout:model-7 docker://REGISTRY/model:7
      """)

  @Argument(help: ArgumentHelp("The lock file.", valueName: "lock")) var lock: String
  @Argument(help: ArgumentHelp("The image's name.", valueName: "name")) var name: String
  @Option(help: ArgumentHelp("A directory with image files; repeatable.", valueName: "dir")) var images: [String]
  @Option(help: ArgumentHelp("The image layout, made if it is missing, and the tag.", valueName: "dir:tag"))
  var to: LayoutArgument
  @OptionGroup var keyOption: ImageKeyOption

  func run() throws {
    let entry = try ImageLockFile(ByteString(lock)).entry(ByteString(name))
    let decrypt = try keyOption.decryption(of: entry)
    let image = try UnverifiedImageFile(
      entry.geometry, isEncrypted: decrypt != nil, in: images.map { ByteString($0) })
    try image.verify(decrypt: decrypt)
    try image.verifyErrorCorrection(decrypt: decrypt)
    let signature = try RootHashSignature.find(entry.geometry, in: images.map { ByteString($0) })
    if let signature { _ = try DetachedSignature.signer(of: signature) }
    let config = CanonicalJSON.encode(["image": entry.json, "name": .string(ByteString(name))])
    try ImageArtifact.write(
      image.file, named: image.path.lastPathComponent, config: config,
      signature: signature.map { .init(file: RootHashSignature.name(of: entry.geometry), bytes: $0) },
      to: to.directory, tag: to.tag)
  }
}

/// `wardctl image import`: an image from an OCI artifact.
struct ImageImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Take an image from an OCI artifact in an image layout.",
    discussion: """
      Every digest and every block is checked. That it is the image that you mean, its root hash says: compare it.

      A signature of the root hash that came with it is put beside it. Whose it is only the signer's certificate says: \
      with --certificate an image is refused that has none of that signer.

      Example:
        skopeo copy docker://REGISTRY/model:7 oci:layout:model-7
        wardctl image import --output images --lock images.lock layout:model-7
      """)

  @Option(help: ArgumentHelp("Where to write the image; made if it is missing.", valueName: "dir")) var output: String
  @Option(help: ArgumentHelp("The lock file; made if it is missing.", valueName: "file")) var lock: String
  @Option(help: ArgumentHelp("What policies call the image; otherwise as where it was exported.", valueName: "name"))
  var name: String?
  @Flag(help: "Print the entry of the lock file as JSON.") var json = false
  @OptionGroup var signerOption: ImageSignerOption
  @OptionGroup var keyOption: ImageKeyOption
  @Argument(help: ArgumentHelp("The image layout and the tag.", valueName: "dir:tag")) var source: LayoutArgument

  func run() throws {
    let directory = try FileDescriptor.makeDirectories(ByteString(output), mode: 0o755)
    let temporary = ByteString(".import-\(CurrentProcess.pid)")
    let (name, entry): (ByteString, ImageLock.Entry)
    do {
      let (config, signature) = try ImageArtifact.read(source.directory, tag: source.tag, to: directory, as: temporary)
      let artifact: ImageArtifactConfig = try StrictJSON.decode(from: config, named: "configuration of the artifact")
      (name, entry) = (self.name.map { ByteString($0) } ?? artifact.name, artifact.image)
      let file = try UnverifiedImageFile(
        entry.geometry, file: ByteString(output).appending(path: temporary))
      let decrypt = try keyOption.decryption(of: entry)
      try file.verify(decrypt: decrypt)
      try file.verifyErrorCorrection(decrypt: decrypt)
      try signerOption.check(signature, of: entry.geometry)
      if let signature {
        let file = RootHashSignature.name(of: entry.geometry)
        try directory.replace(file, with: signature.bytes, mode: 0o644, isExact: true)
      }
      try directory.rename(
        temporary, to: UnverifiedImageFile.name(of: entry.geometry, isEncrypted: decrypt != nil))
    } catch {
      // The failure that the caller hears of is the first one.
      do { try directory.remove(temporary) } catch {}
      throw error
    }
    try ImageLockFile(ByteString(lock)).enter(entry, as: name)
    let fileName = UnverifiedImageFile.name(of: entry.geometry, isEncrypted: entry.encryption != nil)
    let path = ByteString(output).appending(path: fileName)
    try ImageOutput.print(name: name, entry, path: path, json: json)
  }
}

/// What an artifact says of its image.
private struct ImageArtifactConfig: JSONObjectDecodable {
  let name: ByteString
  let image: ImageLock.Entry

  init(members: inout JSONMembers) throws(JSONError) {
    name = try members.required("name")
    image = try members.required("image")
  }
}
