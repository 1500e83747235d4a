internal import ArgumentParser
internal import Bytes
internal import ImageBuilding
internal import Linux
internal import Policy
internal import PolicyAuthoring
internal import VerifiedImage

/// `wardctl image build`: a directory or a container image to an EROFS file with a dm-verity hash tree.
struct ImageBuildCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "build", abstract: "Make a verified image of a directory or of a container image.",
    discussion: """
      The same files give the same image, bit for bit, on every machine, whatever their times and the order in which \
      they were made. The image is written to OUTPUT/<root hash>.erofs, and what identifies it to the lock file. \
      Nothing of a container image is unpacked into the machine's file system, and no right of root is needed.

      Examples:
        wardctl image build --output images --lock images.lock --name app DIR
        wardctl image build --output images --lock images.lock --name app --archive saved.tar:registry/app:7
        wardctl image build --output images --lock images.lock --name app --oci-layout layout:7
        wardctl image build --output images --lock images.lock --name app \\
          --containerd /var/lib/containerd@sha256:DIGEST
        wardctl image build --output images --lock images.lock --name model --volume --follow-links SNAPSHOT
        wardctl image build --output images --lock images.lock --name model --volume --encrypt model-key \\
          --new-key model.key DIR
        wardctl image build --output images --lock images.lock --name model --volume --fec-roots 2 DIR

      An encrypted image is written to OUTPUT/<root hash>.crypt: all of it by AES-256-XTS as the kernel's dm-crypt has \
      it, without a header, so that nothing in the file says how to read it. Its root hash is that of the contents. A \
      node asks its key provider for the key by the name after --encrypt. While it is built OUTPUT has the image as \
      it is, for root alone to read: put OUTPUT on a disk that may hold it, or in RAM.

      With --fec-roots the image has Reed-Solomon codes behind its hash tree, and the kernel repairs up to N damaged \
      blocks out of any 255 that belong together: for disks that fail, not against whoever alters them. The root hash \
      stays the same, the file gets longer by N / (255 - N).

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
      "Salt of the hash tree: hexadecimal, at most 256 bytes, or 'derived' from the files' names, owners and sizes.",
      valueName: "hex"))
  var salt = SaltArgument(salt: .derived)

  @Option(
    help: ArgumentHelp(
      "Add error correction codes with 2 to 24 parity bytes in each code word of 255; none if it is left out.",
      valueName: "n"))
  var fecRoots: UInt64?

  @Option(help: ArgumentHelp("A further directory to add where it is missing; repeatable.", valueName: "path"))
  var mountPoint: [String] = []

  @Flag(help: "The image is a volume and not a root: add no places for mounts.")
  var volume = false

  @Flag(help: "Keep owners and extended attributes of a directory; otherwise all belongs to root.")
  var keepOwner = false

  @Flag(help: "Take what links of a directory lead to in their place, as model caches need it.")
  var followLinks = false

  @Option(help: ArgumentHelp("Take an image from an OCI layout instead of a directory.", valueName: "dir:tag"))
  var ociLayout: LayoutArgument?

  @Option(
    help: ArgumentHelp(
      """
      Take an image from a file of docker save, podman save, ctr images export or skopeo; with its name where there \
      are several.
      """, valueName: "file[:name]"))
  var archive: ArchiveArgument?

  @Option(
    help: ArgumentHelp(
      "Take an image from containerd's root directory, by the digest that `ctr images ls` shows.",
      valueName: "root@digest"))
  var containerd: ContentStoreArgument?

  @Option(help: ArgumentHelp("Which image of an index, in the names of Go.", valueName: "arch"))
  var architecture = Self.hostArchitecture

  @Option(help: ArgumentHelp("What all layers together may become when they are unpacked.", valueName: "size"))
  var limit = SizeArgument(bytes: 64 << 30)

  @Option(
    help: ArgumentHelp("Encrypt the image; the name by which nodes ask for the key.", valueName: "name"))
  var encrypt: String?

  @Option(
    help: ArgumentHelp("The key: a file with its 64 bytes, or - for standard input.", valueName: "file"))
  var key: String?

  @Option(help: ArgumentHelp("Make a new key and write it to a file that is not there yet.", valueName: "file"))
  var newKey: String?

  @Flag(help: "Print the entry of the lock file as JSON.")
  var json = false

  @Argument(help: ArgumentHelp("The directory with the files of the image.", valueName: "source"))
  var source: String?

  private var images: [ImageSource] {
    [ociLayout?.source, archive?.source, containerd?.source].compactMap { $0 }
  }

  func validate() throws {
    guard images.count + (source == nil ? 0 : 1) == 1 else {
      throw ValidationError("give one source: a directory, --oci-layout, --archive or --containerd")
    }
    guard !volume || mountPoint.isEmpty else { throw ValidationError("--mount-point has no place with --volume") }
    for path in mountPoint where !ByteString(path).isCleanAbsolutePath {
      throw ValidationError("--mount-point needs an absolute path without . and .., found \(path)")
    }
    guard source != nil || !keepOwner else {
      throw ValidationError("--keep-owner is for directories; the owners of a container image are always kept")
    }
    guard source != nil || !followLinks else { throw ValidationError("--follow-links is for directories") }
    guard (encrypt == nil) == (key == nil && newKey == nil), key == nil || newKey == nil else {
      throw ValidationError("--encrypt needs one of --key and --new-key, and they need --encrypt")
    }
    if let encrypt { _ = try ImageEncryption(named: encrypt) }
    if let fecRoots, !ForwardErrorCorrection.admittedRoots.contains(fecRoots) {
      throw ValidationError("--fec-roots needs a number from 2 to 24, found \(fecRoots)")
    }
    guard !name.isEmpty else { throw ValidationError("--name must not be empty") }
  }

  func run() throws {
    let progress = Progress(name: name)
    defer { progress.end() }
    let builder = try ImageBuilder(output: ByteString(output), salt: salt.salt, fecRoots: fecRoots) {
      progress.show($0)
    }
    let (tree, config) = try files(progress)
    let mountPoints = MountPoints(standard: !volume, more: mountPoint.map { ByteString($0) })
    let made = try builder.build(tree, mountPoints, key: try imageKey())
    let entry = ImageLock.Entry(
      geometry: made.geometry, encryption: try encrypt.map { try ImageEncryption(named: $0) },
      references: reference.map { ByteString($0) }, config: config)
    try ImageLockFile(ByteString(lock)).enter(entry, as: ByteString(name))
    progress.end()
    try ImageOutput.print(name: ByteString(name), entry, path: made.path, json: json)
  }

  private func imageKey() throws -> ImageKey? {
    if let key { return try .read(key) }
    if let newKey { return try .create(newKey) }
    return nil
  }

  private func files(_ progress: Progress) throws -> (FileTree, ImageLock.Config?) {
    guard let image = images.first else {
      let options = FileTree.DirectoryOptions(keepOwner: keepOwner, followLinks: followLinks)
      return (try FileTree(directory: ByteString(source ?? ""), options), nil)
    }
    let spool = LayerSpool(directory: ByteString(output), limit: limit.bytes) { progress.show($0) }
    let container = try ContainerImage(image, architecture: ByteString(architecture), spool: spool)
    return (try container.tree(), ImageLock.Config(container.process))
  }

  #if arch(arm64)
    private static let hostArchitecture = "arm64"
  #else
    private static let hostArchitecture = "amd64"
  #endif
}

extension ImageLock.Config {
  fileprivate init(_ process: ContainerImage.Process) {
    self.init(
      entrypoint: process.entrypoint, cmd: process.cmd, env: process.env, user: process.user, cwd: process.cwd,
      stopSignal: process.stopSignal)
  }
}
