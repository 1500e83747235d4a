internal import Bytes
internal import Linux

/// A file that is read, and perhaps gets other contents in one step. A name that is a link stays one.
struct EditedFile {
  private let path: ByteString
  private let permissions: UInt32
  let contents: [UInt8]

  /// Reads a file.
  init(_ path: String, limit: Int) throws {
    let file = try FileDescriptor.open(ByteString(path), .readOnly)
    permissions = try file.status().permissions
    self.path = try FileDescriptor.pathOfOpen(file)
    contents = try file.readToEnd(limit: limit)
  }

  /// Puts other contents in place, with the permissions that the file has.
  ///
  /// - Throws: where somebody else has changed the file since it was read.
  func replace(with text: [UInt8]) throws {
    let directory = try FileDescriptor.open(path.parentPath, [.readOnly, .directory])
    guard try FileDescriptor.contents(of: path, limit: contents.count + 1) == contents else {
      throw CommandFailure(description: "\(path): the file was changed in the meantime; nothing is written")
    }
    try directory.replace(path.lastPathComponent, with: text, mode: permissions, isExact: true)
  }
}
