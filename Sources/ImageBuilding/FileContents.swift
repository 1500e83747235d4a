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

  /// Contents that are open, and are read at any place.
  enum Open {
    case bytes([UInt8])
    case file(SharedFile, offset: UInt64)

    func read(_ part: Range<UInt64>) throws(ImageBuildError) -> [UInt8] {
      switch self {
      case .bytes(let bytes): return Array(bytes[Int(part.lowerBound)..<Int(part.upperBound)])
      case .file(let file, let offset):
        return try system { () throws(SystemError) in
          try file.descriptor.read(exactly: part.count, at: Int64(offset + part.lowerBound))
        }
      }
    }
  }

  /// - Throws: `ImageBuildError.file` when a file that is opened has another size than it had.
  func open() throws(ImageBuildError) -> Open {
    switch source {
    case .bytes(let bytes): return .bytes(bytes)
    case .range(let file, let offset): return .file(file, offset: offset)
    case .path(let directory, let path):
      let file = try system { () throws(SystemError) in
        try directory.descriptor.open(path, [.readOnly, .noFollow], resolve: [.beneath, .noSymlinks])
      }
      guard try system({ () throws(SystemError) in try file.status() }).size == size else {
        throw .file(path: name, reason: "it changed while the image was built")
      }
      return .file(SharedFile(file), offset: 0)
    }
  }

  /// Reads all, in pieces of the given size; the last one may be shorter.
  func forEachPiece(of count: UInt64, _ body: ([UInt8]) throws(ImageBuildError) -> Void) throws(ImageBuildError) {
    let contents = try open()
    for start in stride(from: 0, to: size, by: UInt64.Stride(count)) {
      try body(try contents.read(start..<min(start + count, size)))
    }
  }
}
