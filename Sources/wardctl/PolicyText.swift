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
    self.path = ByteString(path)
    // One byte more than is taken, so that the message about the size is that of the text.
    let bytes = try FileDescriptor.contents(of: self.path, limit: PolicySource.sizeLimit + 1)
    source = try PolicySource(bytes, named: path)
  }

  /// Joins the policy with its images. A lock file that is given goes before that of the policy.
  func compile(images: String?, integrity: Integrity?) throws -> CompiledPolicy {
    let inPolicy = source.imageLock.map { $0.hasPrefix("/") ? $0 : path.parentPath.appending(path: $0) }
    let lock = try (images.map { ByteString($0) } ?? inPolicy).map { try ImageLockFile($0).read() }
    return try source.compile(images: lock, integrity: integrity)
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
