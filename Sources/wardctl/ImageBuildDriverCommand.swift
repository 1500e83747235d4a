internal import ArgumentParser
internal import Bytes
internal import ImageBuilding
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
    let progress = Progress(name: name)
    defer { progress.end() }
    let builder = try ImageBuilder(output: ByteString(output)) { progress.show($0) }
    let made = try builder.build(try driver.tree(), MountPoints(standard: false, more: []))
    progress.end()
    let entry = ImageLock.Entry(geometry: made.geometry, references: [], config: nil)
    try ImageLockFile(ByteString(lock)).enter(entry, as: ByteString(name))
    try ImageOutput.print(name: ByteString(name), entry, path: made.path, json: json)
  }
}
