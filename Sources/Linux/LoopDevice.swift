public import Bytes
internal import CLinux

/// A read-only block device over a file (loop(4)), which ends by itself when its last user closes it.
public struct LoopDevice: ~Copyable, Sendable {
  /// The major number of every loop device.
  public static let major: UInt32 = 7

  /// Keeps the device until something else, such as a mount, does.
  public let file: FileDescriptor
  /// Which of the loop devices it is.
  public let number: DeviceNumber

  /// `/dev/loopN`.
  public var path: ByteString { ByteString("/dev/loop\(number.minor)") }

  /// Puts a free loop device over a file whose size is a multiple of 4096 bytes.
  ///
  /// - Throws: EBUSY when others take every free device first, a great number of times.
  public static func attach(_ backing: borrowing FileDescriptor) throws(SystemError) -> LoopDevice {
    let control = try FileDescriptor.open("/dev/loop-control", .readWrite)
    for _ in 0..<64 {
      let number = UInt32(try check(clinux_loop_free_number(control.rawValue), "ioctl LOOP_CTL_GET_FREE", ""))
      let path = ByteString("/dev/loop\(number)")
      let file = try FileDescriptor.open(path, [.readOnly, .noFollow])
      let device = DeviceNumber(major: major, minor: number)
      guard try file.status().representedDevice == device else {
        throw SystemError(call: "statx", errno: ErrorNumber.ENODEV, object: path)
      }
      let result = clinux_loop_configure(file.rawValue, backing.rawValue)
      // Between the two calls another may have taken it.
      if result == -Int(ErrorNumber.EBUSY) { continue }
      try check(result, "ioctl LOOP_CONFIGURE", path)
      return LoopDevice(file: file, number: device)
    }
    throw SystemError(call: "ioctl LOOP_CONFIGURE", errno: ErrorNumber.EBUSY, object: "/dev/loop-control")
  }

  /// What the kernel says of a loop device that is in use: the path of its file (`/memfd:NAME (deleted)` for a memory
  /// file), and whether it is read-only; nil where the number is not a loop device in use.
  public static func backing(of device: DeviceNumber) throws(SystemError) -> (path: ByteString, readOnly: Bool)? {
    guard device.major == major else { return nil }
    let base = ByteString("/sys/dev/block/\(device.major):\(device.minor)")
    do {
      let path = try FileDescriptor.contents(of: base.appending(path: "loop/backing_file"), limit: 4096)
      let readOnly = try FileDescriptor.contents(of: base.appending(path: "ro"), limit: 16)
      return (ByteString(path.prefix { $0 != UInt8(ascii: "\n") }), readOnly == Array("1\n".utf8))
    } catch  where error.errno == ErrorNumber.ENOENT {
      return nil
    }
  }
}
