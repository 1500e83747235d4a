public import Bytes
import RuntimeSpec
import StrictJSON

/// Who answers for system calls about which the filter asks (SCMP_ACT_NOTIFY): a program of the node.
public struct SeccompListener: Equatable, Sendable {
  /// Its UNIX socket.
  public let path: ByteString
  /// What it gets beside the container's state.
  public let metadata: ByteString?

  /// Gathers what is known of it.
  public init(path: ByteString, metadata: ByteString?) { (self.path, self.metadata) = (path, metadata) }

  /// Reads where a profile asks; nil where it asks nobody.
  init?(sent profile: Seccomp) throws(Violation) {
    let place: JSONPointer = "/linux/seccomp"
    let path = profile.listenerPath.flatMap { $0.isEmpty ? nil : $0 }
    guard path != nil || (profile.listenerMetadata ?? "").isEmpty else {
      throw Violation(.seccomp, at: place / "listenerMetadata", expected: "none without listenerPath", got: "some")
    }
    // The program would have to ask before it could be told whom.
    guard profile.defaultAction != .notify else {
      throw Violation(.seccomp, at: place / "defaultAction", expected: "another action", got: "SCMP_ACT_NOTIFY")
    }
    var asks = false
    for (index, rule) in (profile.syscalls ?? []).enumerated() where rule.action == .notify {
      // With it the process hands the listener over.
      guard !rule.names.contains("write") else {
        throw Violation(
          .seccomp, at: place / "syscalls" / index, expected: "no SCMP_ACT_NOTIFY for write", got: "one")
      }
      asks = true
    }
    guard asks else { return nil }
    guard let path else {
      throw Violation(.seccomp, at: place / "listenerPath", expected: "a socket that SCMP_ACT_NOTIFY asks", got: "none")
    }
    guard path.bytes.first == UInt8(ascii: "/") else {
      throw Violation(.seccomp, at: place / "listenerPath", expected: "an absolute path", got: path.quoted)
    }
    self.init(path: path, metadata: profile.listenerMetadata)
  }
}
