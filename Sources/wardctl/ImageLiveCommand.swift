internal import ArgumentParser
internal import Bytes
internal import NodeConfiguration
internal import StrictJSON
internal import VerifiedImage

/// `wardctl image live`: what a node has open, and what its kernel says of it.
struct ImageLiveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "live", abstract: "Show the images that this node has open.",
    discussion: """
      For each its containers, and the kernel's account of it: a device that has met a block that was not the pinned one is \
      corrupt, and no further container is started on it. A kernel that counts them says how often it has repaired a block \
      from error correction codes since the image was opened: a disk that needs that is about to fail.
      """)

  @Flag(help: "Print JSON.") var json = false

  func run() throws {
    let node = try NodeConfiguration.load()
    let store = ImageStore(
      run: NodePaths.run, directories: node.images, verity: node.verity, keep: node.keepImages,
      onCorruption: node.onCorruption, signed: node.rootHashSignatures)
    let images = try store.live()
    if json { return try ImageOutput.print(.array(images.map(\.json))) }
    for image in images {
      let users = image.users.isEmpty ? "no container" : image.users.map(\.description).joined(separator: " ")
      try ImageOutput.line("\(image.rootHash)  \(image.holder.text)  \(users)")
    }
  }
}

extension LiveImage {
  fileprivate var json: JSONValue {
    var object: JSONObject = ["containers": .array(users.map { .string($0) }), "rootHash": .string(rootHash)]
    switch holder {
    case .memory(let bytes):
      object["integrity"] = "memory"
      object["bytes"] = JSONValue(bytes)
    case .verity(let isCorrupt, let repairs):
      object["integrity"] = "dm-verity"
      object["corrupt"] = .bool(isCorrupt)
      object["repairs"] = repairs.map { JSONValue($0) }
    case .nothing: break
    }
    return .object(object)
  }
}

extension LiveImage.Holder {
  fileprivate var text: String {
    switch self {
    case .memory(let bytes): "memory, \(ImageOutput.readable(bytes))"
    case .verity(let isCorrupt, let repairs):
      "dm-verity, \(isCorrupt ? "CORRUPT" : "as pinned")\(repairs.map { ", \($0) repairs" } ?? "")"
    case .nothing: "left by a crash"
    }
  }
}
