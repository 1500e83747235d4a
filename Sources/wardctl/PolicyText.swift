internal import ArgumentParser
internal import Bytes
internal import Linux
internal import Policy
internal import PolicyAuthoring

/// A policy as its author keeps it: a YAML file, and beside it perhaps the lock file of its images.
struct PolicyText {
  private let path: ByteString
  let source: PolicySource

  init(_ path: String) throws {
    // One byte more than is taken, so that the message about the size is that of the text.
    try self.init(FileDescriptor.contents(of: ByteString(path), limit: PolicySource.sizeLimit + 1), path)
  }

  /// Reads the contents of a file.
  init(_ bytes: [UInt8], _ path: String) throws {
    self.path = ByteString(path)
    source = try PolicySource(bytes, named: path)
  }

  /// Joins the policy with its images. A lock file that is given goes before that of the policy.
  func compile(images: String?, integrity: Integrity?) throws -> CompiledPolicy {
    try source.compile(images: try lock(images), integrity: integrity)
  }

  /// The images of the policy.
  func lock(_ images: String?) throws -> ImageLock? {
    let inPolicy = source.imageLock.map { $0.hasPrefix("/") ? $0 : path.parentPath.appending(path: $0) }
    return try (images.map { ByteString($0) } ?? inPolicy).map { try ImageLockFile($0).read() }
  }

  /// The text of a policy; nil for a bundle, of which nobody knows the author's lines.
  static func source(_ path: String) throws -> PolicySource? {
    let bytes = try FileDescriptor.contents(of: ByteString(path), limit: 4 << 20)
    return bytes.first == UInt8(ascii: "{") ? nil : try PolicyText(path).source
  }
}

/// Where a policy that is compared, explained or tested has its images from.
struct ImageOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The lock file of the images, in place of the one that a policy names.", valueName: "file"))
  var images: String?

  @Flag(help: "Read policies without a lock file: images are known by their names alone.")
  var noImages = false

  func validate() throws {
    guard images == nil || !noImages else { throw ValidationError("--images and --no-images exclude each other") }
  }

  /// Reads a policy: a bundle starts with `{`, everything else is YAML.
  func policy(_ path: String) throws -> Policy {
    let bytes = try FileDescriptor.contents(of: ByteString(path), limit: 4 << 20)
    guard bytes.first != UInt8(ascii: "{") else {
      do { return try Policy.decode(bundle: bytes) } catch { throw CommandFailure(description: "\(path): \(error)") }
    }
    let text = try PolicyText(path)
    return try noImages
      ? text.source.compileWithoutImages().policy : text.compile(images: images, integrity: nil).policy
  }
}

/// How images are checked in use, as it is named on the command line.
enum IntegrityOption: String, ExpressibleByArgument, CaseIterable {
  case dmVerity = "dm-verity"
  case memory

  var integrity: Integrity {
    switch self {
    case .dmVerity: .dmVerity
    case .memory: .memory
    }
  }
}
