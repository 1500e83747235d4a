public import Bytes

extension FileDescriptor {
  /// The path at which the kernel knows an open file of this process's own mounts.
  public static func pathOfOpen(_ file: borrowing FileDescriptor) throws(SystemError) -> ByteString {
    try open("/proc/self/fd", [.path, .directory]).readSymbolicLink(ByteString("\(file.rawValue)"))
  }
}
