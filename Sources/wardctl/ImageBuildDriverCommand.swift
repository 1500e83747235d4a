internal import ArgumentParser
internal import Bytes
internal import Linux
internal import PolicyAuthoring

/// `wardctl image build-driver`: the libraries of an installed driver to a verified image.
struct ImageBuildDriverCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "build-driver", abstract: "Make a verified image of NVIDIA's installed driver.",
    discussion: """
      The image has every library of the driver's version, with the links by which programs load them, and the GPU's \
      firmware. A container finds it at /usr/local/nvidia: its LD_LIBRARY_PATH must name /usr/local/nvidia/lib64, as \
      that of NVIDIA's own images does. No loader cache is made, since one could only replace the image's own.

      A driver with libraries of two versions is refused. Examples:

        wardctl image build-driver --output images --lock images.lock --name driver
        wardctl image build-driver --root /mnt/node --libraries    # for driverLibraries instead of driverImage
      """)

  @Option(help: ArgumentHelp("Where to write the image; made if it is missing.", valueName: "dir"))
  var output: String?

  @Option(help: ArgumentHelp("The lock file that the image is entered in; made if it is missing.", valueName: "file"))
  var lock: String?

  @Option(help: ArgumentHelp("What policies call the image.", valueName: "name"))
  var name = "driver"

  @Option(help: ArgumentHelp("The root directory of the machine with the driver.", valueName: "dir"))
  var root = "/"

  @Flag(help: "Print the libraries for a policy instead, by path and SHA-256.")
  var libraries = false

  @Flag(help: "Print the entry of the lock file as JSON.")
  var json = false

  func validate() throws {
    guard libraries || (output != nil && lock != nil) else {
      throw ValidationError("give --output and --lock, or --libraries")
    }
    guard !libraries || (output == nil && lock == nil && !json) else {
      throw ValidationError("--libraries writes no image")
    }
    guard !name.isEmpty else { throw ValidationError("--name must not be empty") }
  }

  func run() throws {
    let driver = try DriverFiles(root: ByteString(root))
    guard let output, let lock else {
      for line in try driver.policyText() { try ImageOutput.line(line) }
      return
    }
    let place = ByteString(output)
    let builder = try ImageBuilder(output: place, salt: .derived, progress: Progress(name: name))
    let work = ByteString(".driver-\(CurrentProcess.pid)")
    let directory = try FileDescriptor.open(place, [.readOnly, .directory])
    try directory.makeDirectory(work)
    let made: BuiltImage
    do {
      let tree = place.appending(path: work)
      try driver.copy(to: tree)
      try directory.open(work, [.readOnly, .directory, .noFollow], resolve: .beneath).setPermissions(0o755)
      made = try builder.build(directory: tree, keepOwner: false, mountPoints: MountPoints(standard: false, more: []))
    } catch {
      try directory.removeTree(work)
      throw error
    }
    try directory.removeTree(work)
    let entry = ImageLock.Entry(geometry: made.geometry, references: [], config: nil)
    try ImageLockFile(ByteString(lock)).enter(entry, as: ByteString(name))
    try ImageOutput.print(name: ByteString(name), entry, path: made.path, json: json)
  }
}
