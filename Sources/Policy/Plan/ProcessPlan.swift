public import Bytes
public import RuntimeSpec

/// A process to start in a container.
public struct ProcessPlan: Equatable, Sendable {
  /// What runs.
  public enum Program: Equatable, Sendable {
    /// `arguments[0]`, looked up in the container's PATH where it has no slash.
    case arguments([ByteString])
    /// `ward`'s own process that waits until it is told to end: it holds the namespaces of a pod.
    case pause
  }

  /// The five sets of capabilities(7), bit N for capability N.
  public struct Capabilities: Equatable, Sendable {
    public let bounding: UInt64
    public let effective: UInt64
    public let permitted: UInt64
    public let inheritable: UInt64
    public let ambient: UInt64

    /// States the sets.
    public init(bounding: UInt64, effective: UInt64, permitted: UInt64, inheritable: UInt64, ambient: UInt64) {
      (self.bounding, self.effective, self.permitted) = (bounding, effective, permitted)
      (self.inheritable, self.ambient) = (inheritable, ambient)
    }
  }

  /// One limit of getrlimit(2).
  public struct ResourceLimit: Equatable, Sendable {
    /// The kernel's number of the resource.
    public let resource: Int32
    public let soft: UInt64
    public let hard: UInt64

    /// No copy of the program's memory is kept when it crashes, unless the policy states another limit of this name.
    ///
    /// Not 0: to that a program that takes core dumps on the node (a core_pattern that begins with `|`) pays no heed. At
    /// 1 the kernel does not run it either, and a file of so few bytes is never written (fs/coredump.c of Linux).
    static let withoutCoreDump = ResourceLimit(resource: RlimitType.core.number, soft: 1, hard: 1)
  }

  /// Where the standard streams lead.
  public struct StandardStreams: Equatable, Sendable {
    /// A stream that is not passed on is the null device.
    public let input: Bool
    public let output: Bool
    public let error: Bool

    /// States which streams are passed on.
    public init(input: Bool, output: Bool, error: Bool) {
      (self.input, self.output, self.error) = (input, output, error)
    }
  }

  public let program: Program
  /// `NAME=value`, in this order.
  public let environment: [ByteString]
  /// Absolute and clean.
  public let workingDirectory: ByteString
  public let uid: UInt32
  public let gid: UInt32
  /// Set also when empty: otherwise root's groups would stay.
  public let groups: [UInt32]
  public let umask: UInt32
  public let capabilities: Capabilities
  public let noNewPrivileges: Bool
  public let seccomp: SeccompPlan?
  public let limits: [ResourceLimit]
  public let oomScoreAdjustment: Int32?
  public let terminal: Bool
  /// Rows and columns.
  public let consoleSize: ConsoleSize?
  public let streams: StandardStreams
  /// From here on: only under a policy that admits everything.
  public internal(set) var scheduler: SchedulerPlan?
  public internal(set) var ioPriority: IOPriorityPlan?
  /// Of a process that enters a container.
  public internal(set) var affinity: CPUAffinityPlan?
  public internal(set) var apparmorProfile: ByteString?
  public internal(set) var selinuxLabel: ByteString?
}

/// The size of a terminal in characters.
public struct ConsoleSize: Equatable, Sendable {
  public let rows: UInt16
  public let columns: UInt16
}

/// Where the system call filter of a process comes from.
public enum SeccompPlan: Equatable, Sendable {
  /// The policy's own, compiled when the policy was.
  case program(SeccompProgram)
  /// What was sent, compiled at the launch: only under a policy that admits everything.
  case profile(Seccomp)
  /// The filter of the container that the process enters, where it has one: only under a policy that admits everything.
  case ofContainer
}

/// A compiled filter for this machine's architecture, ready for seccomp(2).
public struct SeccompProgram: Equatable, Sendable {
  /// `struct sock_filter` in a row, 8 bytes each.
  public let instructions: ByteString
  /// SECCOMP_FILTER_FLAG_* bits.
  public let flags: UInt32

  /// Describes a filter.
  public init(instructions: ByteString, flags: UInt32) { (self.instructions, self.flags) = (instructions, flags) }
}
