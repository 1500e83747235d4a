internal import ArgumentParser
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

  /// One image of the file.
  func entry(_ name: ByteString) throws -> ImageLock.Entry {
    guard let entry = try read().images[name] else {
      throw ImageFailure(description: "\(path): no image is named \(name)")
    }
    return entry
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

extension ImageLockFile {
  /// The lock file as seen from the directory of a policy that is written.
  static func path(_ images: String, from output: String) throws -> ByteString {
    let slash = UInt8(ascii: "/")
    let parts = { (path: ByteString) in path.split(slash).filter { !$0.isEmpty && $0 != "." } }
    let lock = ByteString(images)
    guard output != "-", !lock.hasPrefix("/") else { return lock }
    guard !output.utf8.starts(with: "/".utf8) else {
      throw ValidationError("--output with an absolute path needs --images with one")
    }
    var (from, to) = (parts(ByteString(output)).dropLast()[...], parts(lock)[...])
    while let first = from.first, to.first == first, to.count > 1 { (from, to) = (from.dropFirst(), to.dropFirst()) }
    guard !from.contains("..") else { throw ValidationError("--output with .. needs --images with an absolute path") }
    let steps = Array(repeating: ".." as ByteString, count: from.count) + to
    return ByteString(steps.map(\.bytes).joined(separator: [slash]))
  }
}
