public import Bytes

/// A namespace of the container (namespaces(7)).
public struct NamespacePlan: Equatable, Sendable {
  /// The kind of a namespace.
  public enum Kind: Hashable, Sendable, CaseIterable { case user, mount, pid, network, ipc, uts, cgroup, time }
  /// Where it comes from.
  public enum Origin: Equatable, Sendable {
    case new
    /// That of a running container of this node, by its state and not by a path.
    case container(ContainerID)
    /// A namespace file, which must not be one of the node's own namespaces.
    case path(ByteString)
  }

  public let kind: Kind
  public let origin: Origin

  /// Whether it is not another container's.
  var isNewOrFile: Bool {
    switch origin {
    case .new, .path: true
    case .container: false
    }
  }
}

/// Which ids of the node stand for the container's ids (user_namespaces(7)).
public struct UserMappings: Equatable, Sendable {
  /// A run of ids.
  public struct Range: Equatable, Sendable {
    public let container: UInt32
    public let host: UInt32
    public let size: UInt32
  }

  public let users: [Range]
  public let groups: [Range]
}

/// Offsets of a new time namespace (time_namespaces(7)); nil leaves a clock alone.
public struct TimeOffsets: Equatable, Sendable {
  /// Seconds and nanoseconds.
  public struct Offset: Equatable, Sendable {
    public let seconds: Int64
    public let nanoseconds: UInt32
  }

  public let monotonic: Offset?
  public let boottime: Offset?
}
