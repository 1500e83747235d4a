internal import Bytes
internal import Linux

/// Places in a root file system at which a runtime mounts something; an image is read-only, so they must exist in it.
struct MountPoints {
  static let directories = ["/proc", "/sys", "/dev", "/run", "/tmp"]
  /// Container platforms bind their own over these.
  static let files = ["/etc/hosts", "/etc/hostname", "/etc/resolv.conf"]

  private let directories: [ByteString]
  private let files: [ByteString]

  init(standard: Bool, more: [ByteString]) {
    directories = (standard ? Self.directories.map { ByteString($0) } : []) + more
    files = standard ? Self.files.map { ByteString($0) } : []
  }

  /// Whether the tree lacks any of them.
  func areMissing(in root: borrowing FileDescriptor) throws(SystemError) -> Bool {
    for path in directories + files where try !Self.exists(path, in: root) { return true }
    return false
  }

  /// Adds what is missing. Links inside the tree are followed inside the tree.
  func add(to root: borrowing FileDescriptor) throws(SystemError) {
    for path in directories { try Self.makeDirectory(path, in: root) }
    for path in files where try !Self.exists(path, in: root) {
      try Self.makeDirectory(path.parentPath, in: root)
      try Self.open(path.parentPath, in: root).makeNode(path.lastPathComponent, .regular, permissions: 0o644)
    }
  }

  private static func makeDirectory(_ path: ByteString, in root: borrowing FileDescriptor) throws(SystemError) {
    guard path != "/", try !exists(path, in: root) else { return }
    try makeDirectory(path.parentPath, in: root)
    let parent = try open(path.parentPath, in: root)
    try parent.makeDirectory(path.lastPathComponent)
    let made = try parent.open(path.lastPathComponent, [.readOnly, .directory, .noFollow], resolve: .beneath)
    try made.setPermissions(path == "/tmp" ? 0o1777 : 0o755)
  }

  private static func exists(_ path: ByteString, in root: borrowing FileDescriptor) throws(SystemError) -> Bool {
    do {
      // Also a link that leads nowhere is there: nothing can be made in its place.
      _ = try root.open(path, [.path, .noFollow], resolve: .inRoot)
      return true
    } catch  where error.errno == ErrorNumber.ENOENT {
      return false
    }
  }

  private static func open(_ path: ByteString, in root: borrowing FileDescriptor) throws(SystemError) -> FileDescriptor
  {
    try root.open(path, [.readOnly, .directory], resolve: .inRoot)
  }
}
