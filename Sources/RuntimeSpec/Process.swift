public import Bytes
public import StrictJSON

/// A process of a container: `process` of `config.json`, and the whole of `process.json`.
public struct Process: JSONObjectDecodable, Equatable, Sendable {
  /// Whether the process gets a terminal.
  public var terminal: Bool?
  /// The size of the terminal.
  public var consoleSize: ConsoleSize?
  /// User, groups and umask.
  public var user: User
  /// The program and its arguments.
  public var args: [ByteString]?
  /// The environment, each element as `NAME=value`.
  public var env: [ByteString]?
  /// The working directory, absolute.
  public var cwd: ByteString
  /// The five capability sets.
  public var capabilities: Capabilities?
  /// Resource limits.
  public var rlimits: [Rlimit]?
  /// Whether execve can never add privileges.
  public var noNewPrivileges: Bool?
  /// The AppArmor profile.
  public var apparmorProfile: ByteString?
  /// The adjustment of the OOM killer's score, from -1000 to 1000.
  public var oomScoreAdj: Int32?
  /// Scheduling attributes.
  public var scheduler: Scheduler?
  /// The SELinux label of the process.
  public var selinuxLabel: ByteString?
  /// The I/O priority.
  public var ioPriority: IOPriority?
  /// CPUs for a process that joins the container.
  public var execCPUAffinity: ExecCPUAffinity?

  /// Reads `process`.
  public init(members: inout JSONMembers) throws(JSONError) {
    terminal = try members.optional("terminal")
    consoleSize = try members.optional("consoleSize")
    user = try members.required("user")
    args = try members.optional("args")
    env = try members.optional("env")
    cwd = try members.required("cwd")
    capabilities = try members.optional("capabilities")
    rlimits = try members.optional("rlimits")
    noNewPrivileges = try members.optional("noNewPrivileges")
    apparmorProfile = try members.optional("apparmorProfile")
    oomScoreAdj = try members.optional("oomScoreAdj")
    scheduler = try members.optional("scheduler")
    selinuxLabel = try members.optional("selinuxLabel")
    ioPriority = try members.optional("ioPriority")
    execCPUAffinity = try members.optional("execCPUAffinity")
    try members.refuse("commandLine", because: notOnLinux)
  }
}

/// The size of a terminal in characters.
public struct ConsoleSize: JSONObjectDecodable, Equatable, Sendable {
  /// Rows.
  public var height: UInt64
  /// Columns.
  public var width: UInt64

  /// Reads `consoleSize`.
  public init(members: inout JSONMembers) throws(JSONError) {
    height = try members.required("height")
    width = try members.required("width")
  }
}

/// The ids of a process.
public struct User: JSONObjectDecodable, Equatable, Sendable {
  /// The user id in the container.
  public var uid: UInt32
  /// The group id in the container.
  public var gid: UInt32
  /// The file mode creation mask.
  public var umask: UInt32?
  /// Supplementary groups.
  public var additionalGids: [UInt32]?

  /// Reads `user`.
  public init(members: inout JSONMembers) throws(JSONError) {
    uid = try members.required("uid", as: Identity.self).number
    gid = try members.required("gid", as: Identity.self).number
    umask = try members.optional("umask")
    additionalGids = try members.optional("additionalGids", as: [Identity].self)?.map(\.number)
    try members.refuse("username", because: notOnLinux)
  }

  /// The number of a user or group. The last one means "as it is" to the kernel: a process that asked for it would stay
  /// user 0 (CVE-2024-40635 was another number that became 0).
  private struct Identity: JSONDecodable {
    let number: UInt32

    init(json: JSONValue) throws(JSONError) {
      number = try UInt32(json: json)
      guard number != UInt32.max else {
        throw .value(expected: "a number up to \(UInt32.max - 1)", found: ByteString("\(number)"))
      }
    }
  }
}
