public import Bytes
internal import CLinux

/// A system call that failed: which one, on what, and the kernel's answer.
public struct SystemError: Error, Equatable, Sendable {
  /// The system call, as in its manual page.
  public let call: String
  /// The error number, positive.
  public let errno: Int32
  /// What the call was about: a path, a mount, a process.
  public let object: ByteString

  /// Describes a failure that the kernel reported.
  public init(call: String, errno: Int32, object: ByteString) {
    self.call = call
    self.errno = errno
    self.object = object
  }
}

extension SystemError: CustomStringConvertible {
  /// For example `openat2 config.json: no such file or directory`.
  public var description: String {
    "\(call)\(object.isEmpty ? "" : " \(object)"): \(ErrorNumber.text(errno))"
  }
}

/// Turns `-errno` of a call in CLinux into an error.
@discardableResult
func check(_ result: Int, _ call: String, _ object: @autoclosure () -> ByteString) throws(SystemError) -> Int {
  guard result < 0 else { return result }
  throw SystemError(call: call, errno: Int32(-result), object: object())
}

/// Like `check`, and repeats the call while a signal interrupts it.
@discardableResult
func retrying(_ call: String, _ object: @autoclosure () -> ByteString, _ body: () -> Int) throws(SystemError) -> Int {
  while true {
    let result = body()
    if result != -Int(ErrorNumber.EINTR) { return try check(result, call, object()) }
  }
}
