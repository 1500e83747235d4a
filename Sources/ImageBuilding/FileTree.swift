public import Bytes

/// Owner, permissions and extended attributes of a file. Times are no part of an image.
public struct FileAttributes: Hashable, Sendable {
  /// Permission bits with set-uid, set-gid and sticky.
  public var permissions: UInt32
  public var uid: UInt32
  public var gid: UInt32
  /// By full name, such as `security.capability`.
  public var extended: [ByteString: [UInt8]]

  /// Attributes; without more words the file is root's.
  public init(
    permissions: UInt32, uid: UInt32 = 0, gid: UInt32 = 0, extended: [ByteString: [UInt8]] = [:]
  ) {
    (self.permissions, self.uid, self.gid, self.extended) = (permissions, uid, gid, extended)
  }
}

/// One file of an image; several names may stand for it (hard links).
public final class FileNode {
  /// What a file is. Devices, FIFOs and sockets have no place in an image.
  public enum Kind {
    case directory
    case regular(FileContents)
    case symbolicLink(ByteString)
  }

  public internal(set) var attributes: FileAttributes
  public let kind: Kind
  /// The entries of a directory, without `.` and `..`.
  public internal(set) var children: [ByteString: FileNode] = [:]

  /// A file without a name.
  public init(_ kind: Kind, _ attributes: FileAttributes) { (self.kind, self.attributes) = (kind, attributes) }

  var isDirectory: Bool { if case .directory = kind { true } else { false } }
}

/// The files of an image before it is written, in memory but for the contents.
///
/// Nothing is ever unpacked: whatever paths and links an archive has, they lead to places of this tree, and never to a
/// file of the machine that builds.
public final class FileTree {
  public let root = FileNode(.directory, FileAttributes(permissions: 0o755))

  /// A tree with an empty root directory.
  public init() {}

  /// As the kernel's limit (path_resolution(7)).
  private static let maximumLinks = 40
  /// Deeper than any path that a program can name; links can make a tree deeper than each path of an archive is long.
  private static let maximumDepth = 2048

  /// Puts a file at a path, in the place of what is there. Parents that are missing are made; links on the way are
  /// followed inside the tree.
  ///
  /// - Throws: `ImageBuildError.file` where the way leads through something that is no directory, or the path is `/`.
  public func place(_ node: FileNode, at path: ByteString) throws(ImageBuildError) {
    let (directory, name) = try parent(of: path, make: true)
    guard let directory, !name.isEmpty else { throw .file(path: path, reason: "expected a path below the root") }
    directory.children[name] = node
  }

  /// The directory that a path's last part lies in, and that part, which is not followed; no directory where it is not
  /// there and nothing is made.
  func parent(of path: ByteString, make: Bool) throws(ImageBuildError) -> (FileNode?, ByteString) {
    let parts = Self.parts(path)
    return (try walk(parts.dropLast(), of: path, make: make), parts.last ?? "")
  }

  /// The directory at a path, made where it is missing.
  func directory(at path: ByteString) throws(ImageBuildError) -> FileNode {
    guard let node = try walk(Self.parts(path)[...], of: path, make: true) else {
      throw .file(path: path, reason: "is not there")
    }
    return node
  }

  static func parts(_ path: ByteString) -> [ByteString] {
    path.split(UInt8(ascii: "/")).filter { !$0.isEmpty && $0 != "." }
  }

  private func walk(
    _ parts: ArraySlice<ByteString>, of path: ByteString, make: Bool
  ) throws(ImageBuildError) -> FileNode? {
    var way = [root]
    var rest = Array(parts.reversed())
    var links = 0
    while let part = rest.popLast() {
      let here = way[way.count - 1]
      guard way.count <= Self.maximumDepth else { throw .file(path: path, reason: "lies too deep") }
      if part == ".." {
        // As in a chroot: the root is its own parent.
        if way.count > 1 { way.removeLast() }
        continue
      }
      guard let next = here.children[part] else {
        guard make else { return nil }
        let made = FileNode(.directory, FileAttributes(permissions: 0o755))
        here.children[part] = made
        way.append(made)
        continue
      }
      switch next.kind {
      case .directory: way.append(next)
      case .regular: throw .file(path: path, reason: "leads through \(part), which is no directory")
      case .symbolicLink(let target):
        links += 1
        guard links <= Self.maximumLinks else { throw .file(path: path, reason: "leads through too many links") }
        if target.hasPrefix("/") { way = [root] }
        rest += Self.parts(target).reversed()
      }
    }
    return way[way.count - 1]
  }
}
