public import Bytes
public import StrictJSON

/// A namespace to make, or to join where a path is given.
public struct Namespace: JSONObjectDecodable, Equatable, Sendable {
  /// Which kind.
  public var type: NamespaceType
  /// The namespace file to join.
  public var path: ByteString?

  /// Reads an element of `namespaces`.
  public init(members: inout JSONMembers) throws(JSONError) {
    type = try members.required("type")
    path = try members.optional("path")
  }
}

/// A kind of namespace; see namespaces(7).
public enum NamespaceType: String, JSONEnumeration {
  case pid, network, mount, ipc, uts, user, cgroup, time
}

/// Offsets of the clocks of a time namespace.
public struct TimeOffsets: JSONObjectDecodable, Equatable, Sendable {
  /// Of `CLOCK_BOOTTIME`.
  public var boottime: TimeOffset?
  /// Of `CLOCK_MONOTONIC`.
  public var monotonic: TimeOffset?

  /// Reads `timeOffsets`.
  public init(members: inout JSONMembers) throws(JSONError) {
    boottime = try members.optional("boottime")
    monotonic = try members.optional("monotonic")
  }
}

/// An offset of a clock.
public struct TimeOffset: JSONObjectDecodable, Equatable, Sendable {
  /// Seconds.
  public var secs: Int64?
  /// Nanoseconds.
  public var nanosecs: UInt32?

  /// Reads an element of `timeOffsets`.
  public init(members: inout JSONMembers) throws(JSONError) {
    secs = try members.optional("secs")
    nanosecs = try members.optional("nanosecs")
  }
}
