public import Bytes

/// Places in a root file system at which a runtime mounts something; an image is read-only, so they must exist in it.
public struct MountPoints: Sendable {
  /// What every container has.
  public static let directories = ["/proc", "/sys", "/dev", "/run", "/tmp"]
  /// Container platforms bind their own over these.
  public static let files = ["/etc/hosts", "/etc/hostname", "/etc/resolv.conf"]

  private let directories: [ByteString]
  private let files: [ByteString]

  /// - Parameters:
  ///   - standard: those of a root file system.
  ///   - more: further directories.
  public init(standard: Bool, more: [ByteString]) {
    directories = (standard ? Self.directories.map { ByteString($0) } : []) + more
    files = standard ? Self.files.map { ByteString($0) } : []
  }

  /// Adds what is missing. A link in such a place is left alone, wherever it leads.
  func add(to tree: FileTree) throws(ImageBuildError) {
    for path in directories {
      let permissions: UInt32 = path == "/tmp" ? 0o1777 : 0o755
      try Self.add(FileNode(.directory, FileAttributes(permissions: permissions)), at: path, to: tree)
    }
    for path in files {
      try Self.add(FileNode(.regular(FileContents([])), FileAttributes(permissions: 0o644)), at: path, to: tree)
    }
  }

  private static func add(_ node: FileNode, at path: ByteString, to tree: FileTree) throws(ImageBuildError) {
    let (directory, name) = try tree.parent(of: path, make: true)
    guard let directory, !name.isEmpty, directory.children[name] == nil else { return }
    directory.children[name] = node
  }
}
