public import Bytes
internal import CLinux

extension FileDescriptor {
  /// The names of the open file's extended attributes (xattr(7)), in the kernel's order; none where the file system
  /// has no such thing.
  public borrowing func extendedAttributeNames() throws(SystemError) -> [ByteString] {
    let number = rawValue
    do {
      let list = try unsafe Self.sized("flistxattr", name) { unsafe clinux_flistxattr(number, $0, $1) }
      return ByteString(list).split(0).filter { !$0.isEmpty }
    } catch  where error.errno == ErrorNumber.EOPNOTSUPP {
      return []
    }
  }

  /// The value of an extended attribute of the open file.
  public borrowing func extendedAttribute(_ attribute: ByteString) throws(SystemError) -> [UInt8] {
    let number = rawValue
    let terminated = attribute.bytes + [0]
    return try unsafe Self.sized("fgetxattr", attribute) { buffer, size in
      unsafe terminated.withUnsafeBytes { name in
        unsafe clinux_fgetxattr(number, name.baseAddress?.assumingMemoryBound(to: CChar.self), buffer, size)
      }
    }
  }

  /// Asks for the size, and then for the contents; another process may change them in between.
  private static func sized(
    _ call: String, _ object: ByteString, _ body: (UnsafeMutableRawPointer?, Int) -> Int
  ) throws(SystemError) -> [UInt8] {
    for _ in 0..<8 {
      let size = try check(body(nil, 0), call, object)
      if size == 0 { return [] }
      var result = 0
      let contents = unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, length in
        result = unsafe body(buffer.baseAddress, size)
        length = max(result, 0)
      }
      if result == -Int(ErrorNumber.ERANGE) { continue }
      try check(result, call, object)
      return contents
    }
    throw SystemError(call: call, errno: ErrorNumber.ERANGE, object: object)
  }
}
