import Bytes
import RuntimeSpec
import StrictJSON

/// How the kernel schedules a process (sched_setattr(2)); numbers are the kernel's.
public struct SchedulerPlan: Equatable, Sendable {
  public let policy: UInt32
  public let flags: UInt64
  public let nice: Int32
  public let priority: UInt32
  /// Nanoseconds.
  public let runtime: UInt64
  public let deadline: UInt64
  public let period: UInt64
}

/// How soon the disk serves a process (ioprio_set(2)); numbers are the kernel's.
public struct IOPriorityPlan: Equatable, Sendable {
  public let `class`: Int32
  /// 0 is the highest of 8.
  public let level: Int32
}

/// Processors of a process that enters a container; nil leaves them to the kernel.
public struct CPUAffinityPlan: Equatable, Sendable {
  /// Before it is in the container's cgroup.
  public let initial: IndexList?
  /// From then on.
  public let final: IndexList?
}

extension SchedulerPlan {
  /// Reads attributes as they were sent.
  ///
  /// - Throws: where the kernel would leave one of them out without saying so.
  init(sent scheduler: Scheduler, at place: JSONPointer) throws(Violation) {
    let (number, hasNice, hasPriority): (UInt32, Bool, Bool) =
      switch scheduler.policy {
      case .other: (0, true, false)
      case .fifo: (1, false, true)
      case .roundRobin: (2, false, true)
      case .batch: (3, true, false)
      // No kernel has it: sched_setattr(2) says so.
      case .iso: (4, true, false)
      case .idle: (5, false, false)
      case .deadline: (6, false, false)
      }
    let nice = scheduler.nice ?? 0
    let name = scheduler.policy.rawValue
    guard hasNice ? (-20...19).contains(nice) : nice == 0 else {
      throw Violation(
        .scheduling, at: place / "nice", expected: hasNice ? "a number from -20 to 19" : "none with \(name)",
        got: "\(nice)")
    }
    let priority = scheduler.priority ?? 0
    guard hasPriority ? (1...99).contains(priority) : priority == 0 else {
      throw Violation(
        .scheduling, at: place / "priority", expected: hasPriority ? "a number from 1 to 99" : "none with \(name)",
        got: "\(priority)")
    }
    for (key, value) in [
      ("runtime", scheduler.runtime), ("deadline", scheduler.deadline), ("period", scheduler.period),
    ] as [(ByteString, UInt64?)] where scheduler.policy != .deadline && (value ?? 0) != 0 {
      throw Violation(.scheduling, at: place / key, expected: "none with \(name)", got: "\(value ?? 0)")
    }
    self.init(
      policy: number, flags: (scheduler.flags ?? []).reduce(0) { $0 | $1.bit }, nice: nice,
      priority: UInt32(bitPattern: priority), runtime: scheduler.runtime ?? 0, deadline: scheduler.deadline ?? 0,
      period: scheduler.period ?? 0)
  }
}

extension SchedulerFlag {
  /// SCHED_FLAG_* of <linux/sched.h>.
  fileprivate var bit: UInt64 {
    switch self {
    case .resetOnFork: 0x01
    case .reclaim: 0x02
    case .deadlineOverrun: 0x04
    case .keepPolicy: 0x08
    case .keepParameters: 0x10
    case .utilisationClampMin: 0x20
    case .utilisationClampMax: 0x40
    }
  }
}

extension IOPriorityPlan {
  /// Reads a priority as it was sent.
  init(sent priority: IOPriority, at place: JSONPointer) throws(Violation) {
    let number: Int32 =
      switch priority.class {
      case .realTime: 1
      case .bestEffort: 2
      case .idle: 3
      }
    let level = priority.priority ?? 0
    guard (0...7).contains(level) else {
      throw Violation(.scheduling, at: place / "priority", expected: "a number from 0 to 7", got: "\(level)")
    }
    self.init(class: number, level: level)
  }
}

extension CPUAffinityPlan {
  /// Reads lists as they were sent; an empty one says nothing.
  init(sent affinity: ExecCPUAffinity, at place: JSONPointer) throws(Violation) {
    var lists: [IndexList?] = []
    for (key, text) in [("initial", affinity.initial), ("final", affinity.final)] as [(ByteString, ByteString?)] {
      guard let text, !text.isEmpty else {
        lists.append(nil)
        continue
      }
      guard let list = IndexList(text) else {
        throw Violation(.scheduling, at: place / key, expected: "a list of CPUs such as 0-3,7", got: text.quoted)
      }
      lists.append(list)
    }
    self.init(initial: lists[0], final: lists[1])
  }
}
