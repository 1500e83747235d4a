internal import Bytes
internal import CCryptsetup

/// What libcryptsetup says while it works: collected, so that nothing is printed by the way.
final class Messages {
  private var lines: [ByteString] = []

  /// For the library, which does not keep the object alive.
  var pointer: UnsafeMutableRawPointer { unsafe Unmanaged.passUnretained(self).toOpaque() }

  /// Takes errors, and leaves the rest (progress, debugging); without an object it drops everything.
  static let callback: @convention(c) (Int32, UnsafePointer<CChar>?, UnsafeMutableRawPointer?) -> Void = {
    level, text, pointer in
    guard level == CRYPT_LOG_ERROR, let text = unsafe text, let pointer = unsafe pointer else { return }
    let line = unsafe String(cString: text).utf8.filter { $0 != UInt8(ascii: "\n") }
    unsafe Unmanaged<Messages>.fromOpaque(pointer).takeUnretainedValue().lines.append(ByteString(line))
  }

  /// The errors so far, on one line.
  func takeAll() -> ByteString {
    defer { lines = [] }
    return ByteString(lines.map(\.bytes).joined(separator: Array("; ".utf8)))
  }
}
