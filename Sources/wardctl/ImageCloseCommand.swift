internal import ArgumentParser
internal import Bytes
internal import NodeConfiguration
internal import VerifiedImage

/// `wardctl image close`: ends images that a node keeps open, or that a crash left.
struct ImageCloseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "close", abstract: "Close images of this node that no container uses.")

  @Argument(help: ArgumentHelp("The root hash of the image, in hexadecimal.", valueName: "root-hash"))
  var rootHash: String?
  @Flag(help: "Close every image that no container uses.") var all = false

  func validate() throws {
    guard all != (rootHash != nil) else { throw ValidationError("give either a root hash or --all") }
  }

  func run() throws {
    let node = try NodeConfiguration.load()
    let store = ImageStore(
      run: NodePaths.run, directories: node.images, verity: node.verity, keep: node.keepImages,
      onCorruption: node.onCorruption, signed: node.rootHashSignatures)
    let result = try store.closeUnused(only: rootHash.map { ByteString($0) })
    for name in result.closed { try ImageOutput.line("closed \(name)") }
    for name in result.used where all { try ImageOutput.line("in use \(name)") }
    guard let rootHash, result.closed.isEmpty else { return }
    let reason = result.used.isEmpty ? "is not open" : "is in use"
    throw ImageFailure(description: "image \(ByteString(rootHash)) \(reason)")
  }
}
