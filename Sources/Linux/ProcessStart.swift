public import Bytes
internal import CLinux

/// What a program does before anything else.
public enum ProcessStart {
  /// Makes sure that descriptors 0 to 2 are open: otherwise the next file that is opened would become a standard
  /// stream, and a message to the caller would be written into it.
  public static func openStandardStreams() throws(SystemError) {
    for number: Int32 in 0...2 where clinux_fcntl(number, F_GETFD, 0) < 0 {
      // The lowest free number is the one that is missing: those below are open by now.
      let null = try FileDescriptor.open("/dev/null", .readWrite)
      try null.setCloseOnExec(false)
      guard null.release() == number else {
        throw SystemError(call: "openat2", errno: ErrorNumber.EBADF, object: "/dev/null")
      }
    }
  }

  /// The exact bytes of the arguments that a C `main` was called with.
  public static func arguments(
    _ count: Int32, _ vector: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
  ) -> [ByteString] {
    guard let vector = unsafe vector else { return [] }
    var arguments: [ByteString] = []
    for index in 0..<Int(count) {
      guard let text = unsafe vector[index] else { break }
      arguments.append(unsafe bytes(of: text))
    }
    return arguments
  }

  private static func bytes(of text: UnsafeMutablePointer<CChar>) -> ByteString {
    var bytes: [UInt8] = []
    var position = unsafe text
    while unsafe position.pointee != 0 {
      bytes.append(UInt8(bitPattern: unsafe position.pointee))
      unsafe position += 1
    }
    return ByteString(bytes)
  }
}
