public import Bytes
internal import CLinux

/// Major and minor number of a device.
public struct DeviceNumber: Hashable, Sendable {
  public let major: UInt32
  public let minor: UInt32

  /// Names a device.
  public init(major: UInt32, minor: UInt32) {
    self.major = major
    self.minor = minor
  }
}

/// What the kernel says of a file (statx(2)).
public struct FileStatus: Equatable, Sendable {
  /// The kind of a file.
  public enum Kind: Sendable {
    case regular, directory, symbolicLink, characterDevice, blockDevice, fifo, socket
  }

  /// The kind; nil for one that Linux does not define.
  public let kind: Kind?
  /// Permission bits with set-uid, set-gid and sticky.
  public let permissions: UInt32
  public let uid: UInt32
  public let gid: UInt32
  public let links: UInt32
  /// In bytes.
  public let size: UInt64
  /// Identifies the file together with `device`.
  public let inode: UInt64
  /// The device on which the file lies.
  public let device: DeviceNumber
  /// For a device node: the device that it stands for.
  public let representedDevice: DeviceNumber
  /// Identifies the mount (Linux 5.8).
  public let mount: UInt64

  init(_ raw: clinux_status) {
    kind =
      switch raw.mode & 0o170000 {
      case 0o100000: .regular
      case 0o040000: .directory
      case 0o120000: .symbolicLink
      case 0o020000: .characterDevice
      case 0o060000: .blockDevice
      case 0o010000: .fifo
      case 0o140000: .socket
      default: nil
      }
    permissions = raw.mode & 0o7777
    (uid, gid, links, size, inode, mount) = (raw.uid, raw.gid, raw.links, raw.size, raw.inode, raw.mount_id)
    device = DeviceNumber(major: raw.device_major, minor: raw.device_minor)
    representedDevice = DeviceNumber(major: raw.rdevice_major, minor: raw.rdevice_minor)
  }
}

extension FileDescriptor {
  /// The status of the open file.
  public borrowing func status() throws(SystemError) -> FileStatus {
    try status(of: "", flags: Int32(CLINUX_AT_EMPTY_PATH))
  }

  /// The status of an entry of this directory; a symbolic link is not followed.
  public borrowing func status(of path: ByteString) throws(SystemError) -> FileStatus {
    try status(of: path, flags: 0x100 /* AT_SYMLINK_NOFOLLOW */)
  }

  private borrowing func status(of path: ByteString, flags: Int32) throws(SystemError) -> FileStatus {
    var raw = clinux_status()
    let number = rawValue
    let result = try unsafe withPath(path) { name in unsafe clinux_statx(number, name, flags, &raw) }
    try check(result, "statx", path.isEmpty ? self.name : path)
    return FileStatus(raw)
  }

  /// The magic number of the file system (statfs(2)) and whether it is mounted read-only here.
  public borrowing func fileSystem() throws(SystemError) -> (magic: UInt64, readOnly: Bool) {
    var (magic, flags): (UInt64, UInt64) = (0, 0)
    try check(unsafe clinux_fstatfs(rawValue, &magic, &flags), "fstatfs", name)
    return (magic, flags & 1 /* ST_RDONLY */ != 0)
  }
}

/// Magic numbers of file systems (include/uapi/linux/magic.h).
public enum FileSystemMagic {
  public static let proc: UInt64 = 0x9fa0
  public static let sysfs: UInt64 = 0x6265_6572
  public static let tmpfs: UInt64 = 0x0102_1994
  public static let cgroup2: UInt64 = 0x6367_7270
  public static let cgroup1: UInt64 = 0x0027_e0eb
  public static let nsfs: UInt64 = 0x6e73_6673
  public static let devpts: UInt64 = 0x1cd1
  public static let mqueue: UInt64 = 0x1980_0202
  /// Pipes without a name.
  public static let pipe: UInt64 = 0x5049_5045
  public static let selinux: UInt64 = 0xf97c_ff8c
  public static let resctrl: UInt64 = 0x0765_5821
  public static let erofs: UInt64 = 0xe0f5_e1e2
}
