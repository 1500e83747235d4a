public import Bytes

/// The identity of a container, as the caller chose it.
///
/// A value of this type is safe as one part of a path: `[A-Za-z0-9_+.-]`, 1 to 1024 bytes as in runc, not `.` or `..`.
public struct ContainerID: Hashable, Sendable {
  /// The bytes, all of them ASCII.
  public let bytes: ByteString

  /// Checks the form; nil where it is not that of an id.
  public init?(_ bytes: ByteString) {
    let allowed = bytes.bytes.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "-"),
        UInt8(ascii: "."):
        true
      default: false
      }
    }
    guard allowed, (1...1024).contains(bytes.count), bytes != ".", bytes != ".." else { return nil }
    self.bytes = bytes
  }
}

extension ContainerID: CustomStringConvertible {
  /// The id as text.
  public var description: String { bytes.description }
}
