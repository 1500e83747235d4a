public import Bytes
internal import CLinux

/// The devices that the kernel makes from others by a table, such as dm-verity's (dm-ioctl.h).
public enum DeviceMapper {
  /// What the kernel does under a name.
  public struct Table: Equatable, Sendable {
    public let device: DeviceNumber
    public let readOnly: Bool
    /// How many targets there are; the rest is of the first, and empty where there is another number than one.
    public let targets: UInt32
    /// Where the target starts, and its length, in sectors of 512 bytes.
    public let start: UInt64
    public let sectors: UInt64
    /// For example `verity`.
    public let type: ByteString
    /// The target's parameters, separated by spaces.
    public let parameters: ByteString
  }

  /// The way to make devices: stays open, so that a process can give up the right to open anything.
  public struct Control: ~Copyable {
    private let file: FileDescriptor

    /// - Throws: ENOENT or ENODEV where this node has no device-mapper.
    public init() throws(SystemError) { file = try .open(controlPath, .readWrite) }

    /// Makes a read-only device of one target that starts at 0. Where a step fails nothing is left.
    ///
    /// - Returns: its number.
    /// - Throws: EBUSY where the name is taken, ENOENT or EINVAL for a table that the target does not admit.
    @discardableResult
    public borrowing func create(
      _ name: ByteString, type: ByteString, sectors: UInt64, parameters: ByteString
    ) throws(SystemError) -> DeviceNumber {
      var raw = clinux_dm_table()
      raw.sectors = sectors
      guard fill(&raw.type, with: type), fill(&raw.parameters, with: parameters) else {
        throw SystemError(call: "ioctl DM_TABLE_LOAD", errno: ErrorNumber.E2BIG, object: name)
      }
      let control = file.rawValue
      try check(try unsafe withPath(name) { unsafe clinux_dm_create(control, $0, &raw) }, "ioctl DM_TABLE_LOAD", name)
      return DeviceNumber(major: raw.major, minor: raw.minor)
    }

    /// Removes a device, at once or when its last user closes it.
    public borrowing func remove(_ name: ByteString) throws(SystemError) {
      let control = file.rawValue
      try check(try unsafe withPath(name) { unsafe clinux_dm_remove(control, $0) }, "ioctl DM_DEV_REMOVE", name)
    }
  }

  /// Gives up everything but what `Control` needs and the use of open files, for good: a system call filter ends the
  /// process that tries more.
  ///
  /// Needs `CurrentProcess.forbidNewPrivileges` before.
  public static func confine() throws(SystemError) { try check(clinux_dm_confine(), "seccomp", "device-mapper") }

  /// What a device's only target says of its state; dm-verity says `V`, or `C` once a block was not the right one.
  /// Nil where there is no such device.
  public static func status(of name: ByteString) throws(SystemError) -> ByteString? {
    let control = try FileDescriptor.open(controlPath, .readWrite)
    var raw = clinux_dm_table()
    let result = try unsafe withPath(name) { unsafe clinux_dm_status(control.rawValue, $0, &raw) }
    if result == -Int(ErrorNumber.ENXIO) { return nil }
    try check(result, "ioctl DM_TABLE_STATUS", name)
    return text(&raw.parameters)
  }

  /// The live table of a device; nil where there is no device of this name.
  ///
  /// - Throws: ENOENT or ENODEV where this node has no device-mapper.
  public static func table(of name: ByteString) throws(SystemError) -> Table? {
    let control = try FileDescriptor.open(controlPath, .readWrite)
    var raw = clinux_dm_table()
    let result = try unsafe withPath(name) { unsafe clinux_dm_table(control.rawValue, $0, &raw) }
    if result == -Int(ErrorNumber.ENXIO) { return nil }
    try check(result, "ioctl DM_TABLE_STATUS", name)
    return Table(
      device: DeviceNumber(major: raw.major, minor: raw.minor), readOnly: raw.read_only != 0, targets: raw.targets,
      start: raw.start, sectors: raw.sectors, type: text(&raw.type), parameters: text(&raw.parameters))
  }

  /// Removes a device, at once or when its last user closes it, and its node where no udev does.
  ///
  /// - Returns: false where there is no device of this name, or no device-mapper.
  @discardableResult
  public static func remove(_ name: ByteString) throws(SystemError) -> Bool {
    do {
      let control = try FileDescriptor.open(controlPath, .readWrite)
      let result = try unsafe withPath(name) { unsafe clinux_dm_remove(control.rawValue, $0) }
      if result == -Int(ErrorNumber.ENXIO) { return false }
      try check(result, "ioctl DM_DEV_REMOVE", name)
      try FileDescriptor.open(directory, [.readOnly, .directory]).remove(name)
    } catch  where error.errno == ErrorNumber.ENOENT {
      return error.call != "openat2"
    }
    return true
  }

  private static let directory: ByteString = "/dev/mapper"
  private static let controlPath: ByteString = "/dev/mapper/control"

  /// Copies bytes into a C array of zeros; false where they do not fit with a NUL behind them.
  private static func fill<Characters>(_ characters: inout Characters, with text: ByteString) -> Bool {
    unsafe withUnsafeMutableBytes(of: &characters) { array in
      guard text.count < array.count, !text.bytes.contains(0) else { return false }
      unsafe array.copyBytes(from: text.bytes)
      return true
    }
  }

  /// The bytes of a C array up to its NUL.
  private static func text<Characters>(_ characters: inout Characters) -> ByteString {
    unsafe withUnsafeBytes(of: &characters) { unsafe ByteString($0.prefix { $0 != 0 }) }
  }
}
