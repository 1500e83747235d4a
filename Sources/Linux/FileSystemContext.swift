public import Bytes
internal import CLinux

/// A file system that is being set up, parameter by parameter (fsopen(2), Linux 5.2).
///
/// A parameter that the file system does not know is an error, and no value is cut at a comma.
public struct FileSystemContext: ~Copyable, Sendable {
  private let context: FileDescriptor
  private let type: ByteString

  /// Opens a new instance of a file system type such as `tmpfs`.
  ///
  /// - Throws: ENODEV where the kernel does not know the type.
  public init(_ type: ByteString) throws(SystemError) {
    let closeOnExec: UInt32 = 1
    let result = try unsafe withPath(type) { unsafe clinux_fsopen($0, closeOnExec) }
    context = FileDescriptor(owning: Int32(try check(result, "fsopen", type)))
    self.type = type
  }

  /// Takes up the file system of an attached mount, whose root this descriptor is, to change its parameters (fspick(2)).
  public init(of mount: borrowing FileDescriptor) throws(SystemError) {
    let (number, flags): (Int32, UInt32) = (mount.rawValue, 1 /* FSPICK_CLOEXEC */ | 8 /* FSPICK_EMPTY_PATH */)
    let result = try unsafe withPath("") { unsafe clinux_fspick(number, $0, flags) }
    context = FileDescriptor(owning: Int32(try check(result, "fspick", mount.name)))
    type = "file system"
  }

  /// Changes the file system that was taken up.
  public consuming func reconfigure() throws(SystemError) {
    let result = clinux_fsconfig(context.rawValue, Command.reconfigure, nil, nil, 0)
    guard result >= 0 else { throw failure(result, "reconfigure") }
  }

  /// Sets a parameter that has no value, such as `noswap`; `ro` makes the file system itself read-only.
  public borrowing func set(_ key: ByteString) throws(SystemError) {
    let number = context.rawValue
    let result = try unsafe withPath(key) { unsafe clinux_fsconfig(number, Command.flag, $0, nil, 0) }
    guard result >= 0 else { throw failure(result, key) }
  }

  /// Sets a parameter to a value, such as `source`.
  public borrowing func set(_ key: ByteString, to value: ByteString) throws(SystemError) {
    let number = context.rawValue
    let result = try unsafe withPaths(key, value) { unsafe clinux_fsconfig(number, Command.string, $0, $1, 0) }
    guard result >= 0 else { throw failure(result, key + "=" + value) }
  }

  /// Sets a parameter to an open file or directory: overlayfs's `lowerdir+`, `upperdir`, `workdir` since Linux 6.13.
  ///
  /// - Throws: EINVAL where the file system takes no descriptor for it.
  public borrowing func set(_ key: ByteString, to file: borrowing FileDescriptor) throws(SystemError) {
    let (number, value) = (context.rawValue, file.rawValue)
    let result = try unsafe withPath(key) { unsafe clinux_fsconfig(number, Command.descriptor, $0, nil, value) }
    guard result >= 0 else { throw failure(result, key) }
  }

  /// Creates the file system and mounts it, detached: it vanishes with the descriptor unless it is attached.
  public consuming func mount(_ flags: MountFlags) throws(SystemError) -> FileDescriptor {
    let created = clinux_fsconfig(context.rawValue, Command.create, nil, nil, 0)
    guard created >= 0 else { throw failure(created, "create") }
    let result = clinux_fsmount(context.rawValue, 1 /* FSMOUNT_CLOEXEC */, UInt32(truncatingIfNeeded: flags.rawValue))
    guard result >= 0 else { throw failure(result, "mount") }
    return FileDescriptor(owning: Int32(result))
  }

  /// The kernel's answer, with the message that the file system left in the context, if any.
  private borrowing func failure(_ result: Int, _ what: ByteString) -> SystemError {
    var object = type + " " + what
    do {
      // "e overlay: No changes allowed": severity, space, text.
      let message = try context.read(atMost: 256).drop { $0 != UInt8(ascii: " ") }.dropFirst()
      object = object + " (" + ByteString(message.prefix { $0 != UInt8(ascii: "\n") }) + ")"
    } catch {
      // ENODATA: no message.
    }
    return SystemError(call: "fsconfig", errno: Int32(-result), object: object)
  }
}

/// FSCONFIG_* (include/uapi/linux/mount.h).
private enum Command {
  static let flag: UInt32 = 0
  static let string: UInt32 = 1
  static let descriptor: UInt32 = 5
  static let create: UInt32 = 6
  static let reconfigure: UInt32 = 7
}
