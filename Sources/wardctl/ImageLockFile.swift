internal import Bytes
internal import Linux
internal import PolicyAuthoring
internal import StrictJSON

/// A lock file on disk.
struct ImageLockFile {
  private let path: ByteString

  init(_ path: ByteString) { self.path = path }

  /// Reads the file.
  func read() throws -> ImageLock {
    try StrictJSON.decode(from: try FileDescriptor.contents(of: path, limit: 4 << 20), named: path.description)
  }

  /// Adds or replaces one image; the file has the old contents or the new at any time, and two builds do not lose one
  /// another's entry.
  func enter(_ entry: ImageLock.Entry, as name: ByteString) throws {
    let parent = path.parentPath
    let directory = try FileDescriptor.open(parent, [.readOnly, .directory])
    try directory.lock(.exclusive)
    var lock = try directory.contains(path.lastPathComponent) ? read() : ImageLock()
    lock.images[name] = entry
    try directory.replace(path.lastPathComponent, with: lock.encode(), mode: 0o644)
  }
}

extension FileDescriptor {
  fileprivate borrowing func contains(_ name: ByteString) throws(SystemError) -> Bool {
    do {
      _ = try status(of: name)
      return true
    } catch  where error.errno == ErrorNumber.ENOENT {
      return false
    }
  }
}
