public import Bytes
public import StrictJSON

/// Programs that run at points of a container's life.
public struct Hooks: JSONObjectDecodable, Equatable, Sendable {
  /// Deprecated: after the namespaces exist, in the runtime's.
  public var prestart: [Hook]?
  /// After the namespaces exist, in the runtime's.
  public var createRuntime: [Hook]?
  /// Before the root is changed, in the container's.
  public var createContainer: [Hook]?
  /// Before the user's program, in the container's.
  public var startContainer: [Hook]?
  /// After the user's program started.
  public var poststart: [Hook]?
  /// After the container was deleted.
  public var poststop: [Hook]?

  /// Reads `hooks`.
  public init(members: inout JSONMembers) throws(JSONError) {
    prestart = try members.optional("prestart")
    createRuntime = try members.optional("createRuntime")
    createContainer = try members.optional("createContainer")
    startContainer = try members.optional("startContainer")
    poststart = try members.optional("poststart")
    poststop = try members.optional("poststop")
  }
}

/// A program to run.
public struct Hook: JSONObjectDecodable, Equatable, Sendable {
  /// The program, absolute.
  public var path: ByteString
  /// Its arguments with the name in front.
  public var args: [ByteString]?
  /// Its environment.
  public var env: [ByteString]?
  /// Seconds after which it is stopped; at least 1.
  public var timeout: Int64?

  /// Reads an element of a list of hooks.
  public init(members: inout JSONMembers) throws(JSONError) {
    path = try members.required("path")
    args = try members.optional("args")
    env = try members.optional("env")
    timeout = try members.optional("timeout")
    if let timeout, timeout < 1 {
      throw JSONError(.value(expected: "a number of seconds from 1", found: String(timeout))).under("timeout")
    }
  }
}
