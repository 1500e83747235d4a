internal import Bytes
internal import Digest
internal import Linux
internal import StrictJSON

/// A file of an image's source: in a directory, or a part of an archive.
struct Blob {
  let file: SharedFile
  let range: Range<UInt64>
  /// For messages.
  let name: ByteString

  /// Manifests and configurations are held in memory.
  private static let maximumJSON: UInt64 = 4 << 20

  /// Opens a file of this machine.
  init(path: ByteString) throws(ImageBuildError) {
    let file = try system { () throws(SystemError) in try FileDescriptor.open(path, [.readOnly, .nonBlocking]) }
    let status = try system { () throws(SystemError) in try file.status() }
    guard status.kind == .regular else { throw .file(path: path, reason: "expected a regular file") }
    self.init(SharedFile(file), 0..<status.size, name: path)
  }

  init(_ file: SharedFile, _ range: Range<UInt64>, name: ByteString) {
    (self.file, self.range, self.name) = (file, range, name)
  }

  /// Calls the body with all bytes, in pieces.
  func forEachPiece(_ body: ([UInt8]) throws(ImageBuildError) -> Void) throws(ImageBuildError) {
    let contents = FileContents(.range(file, offset: range.lowerBound), size: UInt64(range.count), name: name)
    try contents.forEachPiece(of: 1 << 20, body)
  }

  /// All bytes of a small file; checked against a digest where there is one.
  func bytes(digest: ByteString? = nil) throws(ImageBuildError) -> [UInt8] {
    guard range.count <= Self.maximumJSON else { throw .image(name: name, reason: "larger than 4 MiB") }
    var bytes: [UInt8] = []
    try forEachPiece { bytes += $0 }
    if let digest { try Self.check(HashAlgorithm.sha256.digest(of: bytes), digest, of: name) }
    return bytes
  }

  func object(digest: ByteString? = nil) throws(ImageBuildError) -> JSONObject {
    let bytes = try bytes(digest: digest)
    do { return try StrictJSON.decode(from: bytes, named: name.description) } catch { throw .json(error) }
  }

  /// Compares a digest that was computed with `sha256:<hex>`.
  static func check(_ actual: ByteString, _ digest: ByteString, of name: ByteString) throws(ImageBuildError) {
    let actual = ByteString("sha256:" + Hex.encode(actual.bytes))
    guard actual == digest else {
      throw .image(name: name, reason: "expected the digest \(digest), found \(actual)")
    }
  }
}
