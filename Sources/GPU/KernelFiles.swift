internal import Bytes
public import Linux

/// What the kernel says of the node's devices: procfs and sysfs, each walked from its own top.
public struct KernelFiles: ~Copyable {
  let proc: FileDescriptor
  let sys: FileDescriptor

  /// Takes two directories. Those of a node come from ``ofNode()``.
  public init(proc: consuming FileDescriptor, sys: consuming FileDescriptor) {
    self.proc = proc
    self.sys = sys
  }

  /// The files of this node. That they are the kernel's is looked at, not believed: a directory with a made-up GPU would
  /// give a container the device of another.
  public static func ofNode() throws(GPUError) -> KernelFiles {
    try system { () throws(SystemError) in
      KernelFiles(proc: try open("/proc", FileSystemMagic.proc), sys: try open("/sys", FileSystemMagic.sysfs))
    }
  }

  private static func open(_ path: ByteString, _ magic: UInt64) throws(SystemError) -> FileDescriptor {
    let directory = try FileDescriptor.open(path, [.path, .directory, .noFollow])
    guard try directory.fileSystem().magic == magic else {
      throw SystemError(call: "fstatfs", errno: ErrorNumber.ENODEV, object: path)
    }
    return directory
  }

  /// The greatest file that is read, in bytes.
  private static let limit = 1 << 18

  /// The contents of a file; nil where it is not there.
  static func text(_ path: ByteString, in top: borrowing FileDescriptor) throws(GPUError) -> ByteString? {
    do throws(SystemError) {
      return ByteString(try top.open(path, .readOnly, resolve: [.inRoot, .noMagicLinks]).readToEnd(limit: limit))
    } catch {
      if error.isAbsence { return nil }
      throw .system(SystemError(call: error.call, errno: error.errno, object: path))
    }
  }

  /// The contents of a file that must be there.
  static func required(_ path: ByteString, in top: borrowing FileDescriptor) throws(GPUError) -> ByteString {
    guard let text = try text(path, in: top) else {
      throw .node(place: path, expected: "a file of the driver", actual: "none")
    }
    return text
  }

  /// The names in a directory, in ascending order; none where it is not there.
  static func names(_ path: ByteString, in top: borrowing FileDescriptor) throws(GPUError) -> [ByteString] {
    do throws(SystemError) {
      return try top.open(path, [.readOnly, .directory], resolve: [.inRoot, .noMagicLinks]).entries().sorted()
    } catch {
      if error.isAbsence { return [] }
      throw .system(SystemError(call: error.call, errno: error.errno, object: path))
    }
  }

  /// The last part of what a link says.
  static func linkName(_ path: ByteString, in top: borrowing FileDescriptor) throws(GPUError) -> ByteString {
    try system { () throws(SystemError) in
      let link = try top.open(path, [.path, .noFollow], resolve: [.inRoot, .noMagicLinks])
      return try link.readSymbolicLink("").lastPathComponent
    }
  }
}

extension SystemError {
  fileprivate var isAbsence: Bool { errno == ErrorNumber.ENOENT || errno == ErrorNumber.ENOTDIR }
}

extension ByteString {
  /// Without white space at both ends.
  var trimmed: ByteString {
    let isSpace = { (byte: UInt8) in byte == UInt8(ascii: " ") || (9...13).contains(byte) }
    return ByteString(bytes.drop(while: isSpace).reversed().drop(while: isSpace).reversed())
  }

  var lines: [ByteString] { split(UInt8(ascii: "\n")) }

  /// `Key: value` lines as the driver's files have them; of a key that stands twice, no value counts.
  var fields: [ByteString: ByteString] {
    var fields: [ByteString: ByteString] = [:]
    var twice: Set<ByteString> = []
    for line in lines {
      guard let (key, value) = line.splitFirst(UInt8(ascii: ":")) else { continue }
      if fields.updateValue(value.trimmed, forKey: key.trimmed) != nil { twice.insert(key.trimmed) }
    }
    for key in twice { fields[key] = nil }
    return fields
  }

  /// A number after `0x`.
  var hexadecimal: UInt64? {
    guard hasPrefix("0x"), (3...18).contains(count) else { return nil }
    var value: UInt64 = 0
    for byte in bytes.dropFirst(2) {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt64(byte - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt64(byte - UInt8(ascii: "a") + 10)
      case _: return nil
      }
    }
    return value
  }
}
