public import Bytes
public import Linux

/// The bytes of a regular file, wherever they lie until the image is written.
public struct FileContents: Sendable {
  enum Source: Sendable {
    case bytes([UInt8])
    /// A part of an open file.
    case range(SharedFile, offset: UInt64)
    /// Opened when it is read: a tree may have more files than a process may have open. Below the directory, no link
    /// is followed.
    case path(SharedFile, ByteString)
  }

  let source: Source
  /// In bytes.
  public let size: UInt64
  /// For messages.
  let name: ByteString

  init(_ source: Source, size: UInt64, name: ByteString) {
    (self.source, self.size, self.name) = (source, size, name)
  }

  /// Contents that are in memory.
  public init(_ bytes: [UInt8]) { self.init(.bytes(bytes), size: UInt64(bytes.count), name: "") }

  /// Contents of a file of this machine, which must stay as it is until the image is written.
  public init(file: SharedFile, size: UInt64, name: ByteString) {
    self.init(.range(file, offset: 0), size: size, name: name)
  }

  /// Reads all, in pieces of the given size; the last one may be shorter.
  ///
  /// - Throws: `ImageBuildError.file` when the file is shorter or longer than it was.
  func forEachPiece(of count: UInt64, _ body: ([UInt8]) throws(ImageBuildError) -> Void) throws(ImageBuildError) {
    switch source {
    case .bytes(let bytes):
      for start in stride(from: 0, to: bytes.count, by: Int(count)) {
        try body(Array(bytes[start..<min(start + Int(count), bytes.count)]))
      }
    case .range(let file, let offset):
      try Self.read(file.descriptor, at: offset, size, count, body)
    case .path(let directory, let path):
      let file = try system { () throws(SystemError) in
        try directory.descriptor.open(path, [.readOnly, .noFollow], resolve: [.beneath, .noSymlinks])
      }
      guard try system({ () throws(SystemError) in try file.status() }).size == size else {
        throw .file(path: name, reason: "it changed while the image was built")
      }
      try Self.read(file, at: 0, size, count, body)
    }
  }

  private static func read(
    _ file: borrowing FileDescriptor, at offset: UInt64, _ size: UInt64, _ count: UInt64,
    _ body: ([UInt8]) throws(ImageBuildError) -> Void
  ) throws(ImageBuildError) {
    var done: UInt64 = 0
    while done < size {
      let length = min(count, size - done)
      let piece: [UInt8]
      do { piece = try file.read(exactly: Int(length), at: Int64(offset + done)) } catch { throw .system(error) }
      try body(piece)
      done += length
    }
  }
}
