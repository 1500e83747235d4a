internal import Bytes
internal import Linux
internal import Policy

extension ProcessSetup {
  /// Takes on what the kernel is told of processor, disk and memory: while this process still has the rights to it.
  func takeSchedule() throws(ContainerError) {
    if let scheduler = plan.scheduler {
      try step("scheduler") { () throws(SystemError) in
        try CurrentProcess.schedule(
          policy: scheduler.policy, flags: scheduler.flags, nice: scheduler.nice, priority: scheduler.priority,
          runtime: scheduler.runtime, deadline: scheduler.deadline, period: scheduler.period)
      }
    }
    if let priority = plan.ioPriority {
      try step("ioPriority") { () throws(SystemError) in
        try CurrentProcess.setIOPriority(class: priority.class, level: priority.level)
      }
    }
    if let policy = domain?.memoryPolicy {
      try step("memoryPolicy") { () throws(SystemError) in
        try CurrentProcess.setMemoryPolicy(policy.mode, nodes: policy.nodes?.ranges ?? [])
      }
    }
    if let personality = domain?.personality {
      try step("personality") { () throws(SystemError) in try CurrentProcess.setPersonality(personality) }
    }
  }
}

extension ChildProcess {
  /// Limits a process that may not raise its own limits.
  borrowing func take(_ limits: [ProcessPlan.ResourceLimit]) throws(ContainerError) {
    for limit in limits {
      try step("limits") { () throws(SystemError) in
        try setLimit(limit.resource, soft: limit.soft, hard: limit.hard)
      }
    }
  }
}
