public import Bytes
public import StrictJSON

/// Scheduling attributes of a process; see sched_setattr(2).
public struct Scheduler: JSONObjectDecodable, Equatable, Sendable {
  /// The policy.
  public var policy: SchedulerPolicy
  /// The nice value of the policies `SCHED_OTHER` and `SCHED_BATCH`.
  public var nice: Int32?
  /// The static priority of the policies `SCHED_FIFO` and `SCHED_RR`.
  public var priority: Int32?
  /// Flags.
  public var flags: [SchedulerFlag]?
  /// The run time of `SCHED_DEADLINE` in nanoseconds.
  public var runtime: UInt64?
  /// The deadline of `SCHED_DEADLINE` in nanoseconds.
  public var deadline: UInt64?
  /// The period of `SCHED_DEADLINE` in nanoseconds.
  public var period: UInt64?

  /// Reads `scheduler`.
  public init(members: inout JSONMembers) throws(JSONError) {
    policy = try members.required("policy")
    nice = try members.optional("nice")
    priority = try members.optional("priority")
    flags = try members.optional("flags")
    runtime = try members.optional("runtime")
    deadline = try members.optional("deadline")
    period = try members.optional("period")
  }
}

/// A scheduling policy.
public enum SchedulerPolicy: String, JSONEnumeration {
  case other = "SCHED_OTHER"
  case fifo = "SCHED_FIFO"
  case roundRobin = "SCHED_RR"
  case batch = "SCHED_BATCH"
  case iso = "SCHED_ISO"
  case idle = "SCHED_IDLE"
  case deadline = "SCHED_DEADLINE"
}

/// A flag of sched_setattr(2).
public enum SchedulerFlag: String, JSONEnumeration {
  case resetOnFork = "SCHED_FLAG_RESET_ON_FORK"
  case reclaim = "SCHED_FLAG_RECLAIM"
  case deadlineOverrun = "SCHED_FLAG_DL_OVERRUN"
  case keepPolicy = "SCHED_FLAG_KEEP_POLICY"
  case keepParameters = "SCHED_FLAG_KEEP_PARAMS"
  case utilisationClampMin = "SCHED_FLAG_UTIL_CLAMP_MIN"
  case utilisationClampMax = "SCHED_FLAG_UTIL_CLAMP_MAX"
}

/// The I/O priority of a process; see ioprio_set(2).
public struct IOPriority: JSONObjectDecodable, Equatable, Sendable {
  /// The class.
  public var `class`: IOPriorityClass
  /// The level in the class, 0 the highest of 7.
  public var priority: Int32?

  /// Reads `ioPriority`.
  public init(members: inout JSONMembers) throws(JSONError) {
    `class` = try members.required("class")
    priority = try members.optional("priority")
  }
}

/// A class of I/O priority.
public enum IOPriorityClass: String, JSONEnumeration {
  case realTime = "IOPRIO_CLASS_RT"
  case bestEffort = "IOPRIO_CLASS_BE"
  case idle = "IOPRIO_CLASS_IDLE"
}

/// CPUs for a process that joins a container, as lists (`0-3,7`).
public struct ExecCPUAffinity: JSONObjectDecodable, Equatable, Sendable {
  /// Before the process moves into the container's cgroup.
  public var initial: ByteString?
  /// After it.
  public var final: ByteString?

  /// Reads `execCPUAffinity`.
  public init(members: inout JSONMembers) throws(JSONError) {
    initial = try members.optional("initial")
    final = try members.optional("final")
  }
}
