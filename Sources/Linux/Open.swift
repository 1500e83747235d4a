public import Bytes
internal import CLinux

/// How openat2(2) may walk a path. Without any option a path may lead anywhere.
public struct Resolve: OptionSet, Sendable {
  public let rawValue: UInt64
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// No part may lie on another mount.
  public static let noCrossDevice = Resolve(rawValue: 0x01)
  /// No `/proc/PID/fd/N` and the like.
  public static let noMagicLinks = Resolve(rawValue: 0x02)
  /// No symbolic link at all.
  public static let noSymlinks = Resolve(rawValue: 0x04)
  /// Never leave the directory; absolute links and `..` past it are errors.
  public static let beneath = Resolve(rawValue: 0x08)
  /// The directory is the root: absolute links and `..` stay inside.
  public static let inRoot = Resolve(rawValue: 0x10)
}

/// What an open file may be used for.
public struct OpenFlags: OptionSet, Sendable {
  public let rawValue: Int32
  public init(rawValue: Int32) { self.rawValue = rawValue }

  public static let readOnly = OpenFlags([])
  public static let writeOnly = OpenFlags(rawValue: O_WRONLY)
  public static let readWrite = OpenFlags(rawValue: O_RDWR)
  public static let create = OpenFlags(rawValue: O_CREAT)
  public static let exclusive = OpenFlags(rawValue: O_EXCL)
  public static let truncate = OpenFlags(rawValue: O_TRUNC)
  public static let append = OpenFlags(rawValue: O_APPEND)
  public static let directory = OpenFlags(rawValue: O_DIRECTORY)
  /// The last part is not followed when it is a symbolic link.
  public static let noFollow = OpenFlags(rawValue: O_NOFOLLOW)
  public static let nonBlocking = OpenFlags(rawValue: O_NONBLOCK)
  public static let noControllingTerminal = OpenFlags(rawValue: O_NOCTTY)
  /// Only a handle for other calls: neither read nor write, no device is opened.
  public static let path = OpenFlags(rawValue: Int32(CLINUX_O_PATH))
}

extension FileDescriptor {
  /// The number that stands for the current directory in `*at` calls.
  static let currentDirectory = Int32(CLINUX_AT_FDCWD)

  /// Opens a path of this program's own: an absolute path of the trusted node.
  ///
  /// Symbolic links are followed unless `resolve` forbids it.
  public static func open(
    _ path: ByteString, _ flags: OpenFlags, resolve: Resolve = [], mode: UInt32 = 0o600
  ) throws(SystemError) -> FileDescriptor {
    try open(path, at: currentDirectory, flags, resolve: resolve, mode: mode)
  }

  /// Opens a path relative to a directory that is already open, walked as `resolve` allows.
  ///
  /// The kernel answers EAGAIN when a `..` races with a rename under `beneath` or `inRoot` (openat2(2)): the call
  /// is repeated a bounded number of times.
  public borrowing func open(
    _ path: ByteString, _ flags: OpenFlags, resolve: Resolve, mode: UInt32 = 0o600
  ) throws(SystemError) -> FileDescriptor {
    try FileDescriptor.open(path, at: rawValue, flags, resolve: resolve, mode: mode)
  }

  private static func open(
    _ path: ByteString, at directory: Int32, _ flags: OpenFlags, resolve: Resolve, mode: UInt32
  ) throws(SystemError) -> FileDescriptor {
    let bits = UInt64(UInt32(bitPattern: flags.rawValue | O_CLOEXEC))
    // openat2 refuses a mode where nothing is created.
    let mode = flags.contains(.create) ? UInt64(mode) : 0
    for _ in 0..<32 {
      let result = try unsafe retryingPath(path) { name in
        unsafe clinux_openat2(directory, name, bits, mode, resolve.rawValue)
      }
      if result != -Int(ErrorNumber.EAGAIN) {
        return FileDescriptor(owning: Int32(try check(result, "openat2", path)))
      }
    }
    throw SystemError(call: "openat2", errno: ErrorNumber.EAGAIN, object: path)
  }

  private static func retryingPath(_ path: ByteString, _ body: (UnsafePointer<CChar>) -> Int) throws(SystemError) -> Int
  {
    while true {
      let result = try unsafe withPath(path, body)
      if result != -Int(ErrorNumber.EINTR) { return result }
    }
  }
}
