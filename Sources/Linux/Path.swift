public import Bytes
internal import CLinux

/// Calls the body with the path as a C string.
///
/// - Throws: EINVAL when the path holds a NUL byte, at which C would cut it.
func withPath<Result>(_ path: ByteString, _ body: (UnsafePointer<CChar>) -> Result) throws(SystemError) -> Result {
  guard !path.bytes.contains(0) else { throw SystemError(call: "path", errno: ErrorNumber.EINVAL, object: path) }
  var terminated = path.bytes
  terminated.append(0)
  return unsafe terminated.withUnsafeBufferPointer { bytes in
    unsafe bytes.withMemoryRebound(to: CChar.self) { characters in
      // The buffer holds at least the terminator.
      guard let base = characters.baseAddress else { preconditionFailure("a path buffer is never empty") }
      return unsafe body(base)
    }
  }
}

/// Calls the body with two paths as C strings.
func withPaths<Result>(
  _ first: ByteString, _ second: ByteString, _ body: (UnsafePointer<CChar>, UnsafePointer<CChar>) -> Result
) throws(SystemError) -> Result {
  guard !second.bytes.contains(0) else { throw SystemError(call: "path", errno: ErrorNumber.EINVAL, object: second) }
  var terminated = second.bytes
  terminated.append(0)
  return try unsafe withPath(first) { one in
    unsafe terminated.withUnsafeBufferPointer { bytes in
      unsafe bytes.withMemoryRebound(to: CChar.self) { characters in
        guard let base = characters.baseAddress else { preconditionFailure("a path buffer is never empty") }
        return unsafe body(one, base)
      }
    }
  }
}

extension ByteString {
  /// Whether this is an absolute path in its only form: no empty, `.` or `..` part, no trailing slash, no NUL.
  public var isCleanAbsolutePath: Bool {
    guard bytes.first == UInt8(ascii: "/"), !bytes.contains(0) else { return false }
    if count == 1 { return true }
    return ByteString(bytes.dropFirst()).split(UInt8(ascii: "/")).allSatisfy { $0 != "" && $0 != "." && $0 != ".." }
  }

  /// The path without its last part: `/a/b` gives `/a`, `/a` gives `/`.
  public var parentPath: ByteString {
    guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == 0 ? "/" : ByteString(bytes[..<slash])
  }

  /// The last part of the path.
  public var lastPathComponent: ByteString {
    guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return self }
    return ByteString(bytes[(slash + 1)...])
  }

  /// Both parts joined by exactly one slash.
  public func appending(path: ByteString) -> ByteString {
    let head = bytes.last == UInt8(ascii: "/") ? bytes.dropLast() : bytes[...]
    let tail = path.bytes.first == UInt8(ascii: "/") ? path.bytes.dropFirst() : path.bytes[...]
    return ByteString(head + [UInt8(ascii: "/")] + tail)
  }
}
