public import StrictJSON

/// A resource limit of a process.
public struct Rlimit: JSONObjectDecodable, Equatable, Sendable {
  /// What is limited.
  public var type: RlimitType
  /// The ceiling of the soft limit; 2^64-1 is no limit.
  public var hard: UInt64
  /// What the kernel enforces; 2^64-1 is no limit.
  public var soft: UInt64

  /// Reads an element of `rlimits`.
  public init(members: inout JSONMembers) throws(JSONError) {
    type = try members.required("type")
    hard = try members.required("hard")
    soft = try members.required("soft")
  }
}

/// What a resource limit limits; see getrlimit(2).
public enum RlimitType: String, JSONEnumeration {
  case cpu = "RLIMIT_CPU"
  case fsize = "RLIMIT_FSIZE"
  case data = "RLIMIT_DATA"
  case stack = "RLIMIT_STACK"
  case core = "RLIMIT_CORE"
  case rss = "RLIMIT_RSS"
  case nproc = "RLIMIT_NPROC"
  case nofile = "RLIMIT_NOFILE"
  case memlock = "RLIMIT_MEMLOCK"
  case addressSpace = "RLIMIT_AS"
  case locks = "RLIMIT_LOCKS"
  case sigpending = "RLIMIT_SIGPENDING"
  case msgqueue = "RLIMIT_MSGQUEUE"
  case nice = "RLIMIT_NICE"
  case rtprio = "RLIMIT_RTPRIO"
  case rttime = "RLIMIT_RTTIME"

  /// The kernel's number on x86-64 and arm64 (`asm-generic/resource.h`).
  public var number: Int32 {
    switch self {
    case .cpu: 0
    case .fsize: 1
    case .data: 2
    case .stack: 3
    case .core: 4
    case .rss: 5
    case .nproc: 6
    case .nofile: 7
    case .memlock: 8
    case .addressSpace: 9
    case .locks: 10
    case .sigpending: 11
    case .msgqueue: 12
    case .nice: 13
    case .rtprio: 14
    case .rttime: 15
    }
  }
}
