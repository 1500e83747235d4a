public import Bytes
internal import CLinux

/// What a mount forbids or does: MOUNT_ATTR_* of mount_setattr(2), Linux 5.12.
public struct MountFlags: OptionSet, Hashable, Sendable {
  public let rawValue: UInt64
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  public static let readOnly = MountFlags(rawValue: 0x1)
  public static let noSetuid = MountFlags(rawValue: 0x2)
  public static let noDevices = MountFlags(rawValue: 0x4)
  public static let noExec = MountFlags(rawValue: 0x8)
  public static let noAccessTime = MountFlags(rawValue: 0x10)
  public static let strictAccessTime = MountFlags(rawValue: 0x20)
  public static let noDirectoryAccessTime = MountFlags(rawValue: 0x80)
  /// Shift ids by a user namespace: `mapMountIDs`.
  static let mapIDs = MountFlags(rawValue: 0x10_0000)
  public static let noSymlinks = MountFlags(rawValue: 0x20_0000)

  /// The access time settings exclude one another: to set or clear one, the field must be cleared as a whole.
  static let accessTimeField = MountFlags(rawValue: 0x70)
}

/// How mount events travel (mount_namespaces(7)); the values are those of mount(2).
public enum MountPropagation: UInt64, Sendable {
  case unbindable = 0x2_0000
  case `private` = 0x4_0000
  case slave = 0x8_0000
  case shared = 0x10_0000
}

/// How umount2(2) ends a mount. It never follows a symbolic link in the last part of the path.
public struct UnmountFlags: OptionSet, Sendable {
  public let rawValue: Int32
  public init(rawValue: Int32) { self.rawValue = rawValue }

  /// Out of the tree at once; the file system ends with its last user.
  public static let detach = UnmountFlags(rawValue: 2)
  static let noFollow = UnmountFlags(rawValue: 8)
}

extension FileDescriptor {
  /// A detached copy of the mount in which `path` of this directory lies, with that file or directory as its root
  /// (open_tree(2), Linux 5.2). An empty path stands for this descriptor, which may be O_PATH. No link is followed at
  /// the end of the path. The copy vanishes with the descriptor unless it is attached.
  public borrowing func cloneMount(_ path: ByteString = "", recursive: Bool = false) throws(SystemError)
    -> FileDescriptor
  {
    try FileDescriptor.openTree(at: rawValue, path, recursive: recursive)
  }

  /// A detached copy of the mount at an absolute path of the trusted node.
  public static func cloneMount(of path: ByteString, recursive: Bool = false) throws(SystemError) -> FileDescriptor {
    try openTree(at: currentDirectory, path, recursive: recursive)
  }

  private static func openTree(at directory: Int32, _ path: ByteString, recursive: Bool) throws(SystemError)
    -> FileDescriptor
  {
    let clone: UInt32 = 1
    let flags =
      clone | UInt32(O_CLOEXEC) | 0x100 /* AT_SYMLINK_NOFOLLOW */ | (path.isEmpty ? UInt32(CLINUX_AT_EMPTY_PATH) : 0)
      | (recursive ? 0x8000 /* AT_RECURSIVE */ : 0)
    let result = try unsafe withPath(path) { unsafe clinux_open_tree(directory, $0, flags) }
    return FileDescriptor(
      owning: Int32(try check(result, "open_tree", path.isEmpty ? ByteString("fd \(directory)") : path)))
  }

  /// Attaches this detached mount, or moves this attached one, onto a file or directory that is already open
  /// (move_mount(2), Linux 5.2): no path is walked.
  public borrowing func attachMount(onto target: borrowing FileDescriptor) throws(SystemError) {
    let emptyPaths: UInt32 = 0x4 | 0x40
    let (mount, place) = (rawValue, target.rawValue)
    let result = try unsafe withPath("") { unsafe clinux_move_mount(mount, $0, place, $0, emptyPaths) }
    try check(result, "move_mount", target.name)
  }

  /// Changes the mount whose root this descriptor is, or the whole tree of mounts from there (mount_setattr(2)).
  public borrowing func setMount(
    _ set: MountFlags, clearing clear: MountFlags = [], propagation: MountPropagation? = nil, recursive: Bool = false
  ) throws(SystemError) {
    try setMount(set, clear, propagation, recursive, userNamespace: 0)
  }

  /// Shifts the ids of the detached mount by the mapping of a user namespace.
  public borrowing func mapMountIDs(by userNamespace: borrowing FileDescriptor, recursive: Bool = false)
    throws(SystemError)
  {
    try setMount(.mapIDs, [], nil, recursive, userNamespace: UInt64(userNamespace.rawValue))
  }

  private borrowing func setMount(
    _ set: MountFlags, _ clear: MountFlags, _ propagation: MountPropagation?, _ recursive: Bool, userNamespace: UInt64
  ) throws(SystemError) {
    let field = MountFlags.accessTimeField
    let cleared = set.union(clear).isDisjoint(with: field) ? clear : clear.union(field)
    let flags = UInt32(CLINUX_AT_EMPTY_PATH) | (recursive ? 0x8000 /* AT_RECURSIVE */ : 0)
    let number = rawValue
    let result = try unsafe withPath("") {
      unsafe clinux_mount_setattr(
        number, $0, flags, set.rawValue, cleared.rawValue, propagation?.rawValue ?? 0, userNamespace)
    }
    try check(result, "mount_setattr", name)
  }

  /// Ends the mount at a path of the trusted node.
  ///
  /// - Throws: EINVAL where no mount is at the path, EBUSY where it is in use and `.detach` is not given.
  public static func unmount(_ path: ByteString, _ flags: UnmountFlags = []) throws(SystemError) {
    let flags = flags.union(.noFollow).rawValue
    try check(try unsafe withPath(path) { unsafe clinux_umount2($0, flags) }, "umount2", path)
  }

  /// Ends the attached mount whose root this descriptor is, with `.detach` together with what is mounted beneath it.
  public borrowing func unmount(_ flags: UnmountFlags = []) throws(SystemError) {
    // The path is a magic link to the descriptor's own mount: it has to be followed, and cannot lead elsewhere.
    let result = try unsafe withPath(procPath) { unsafe clinux_umount2($0, flags.rawValue) }
    try check(result, "umount2", name)
  }

  /// Makes the current directory, which must be a mount's root, the root, with the old root mounted on top of it at
  /// `/`: what follows is `unmount(".", .detach)` (pivot_root(2), "pivot_root(".", ".")").
  public static func pivotRootToCurrentDirectory() throws(SystemError) {
    try check(try unsafe withPath(".") { unsafe clinux_pivot_root($0, $0) }, "pivot_root", ".")
  }
}
