internal import Bytes
internal import Linux
internal import Policy

extension InitProcess {
  /// Makes the container's first process, and ends it again where the launching process's part fails.
  ///
  /// - Parameter supervise: What the launching process does while the child sets itself up.
  static func make(
    _ plan: ContainerPlan, _ namespaces: NamespaceSet, _ joined: JoinedNamespaces, _ sources: LaunchSources,
    _ cgroup: Cgroup, _ barrier: SharedFile?, _ hooks: ContainerHooks?, preserved: Int32,
    supervise: (borrowing ChildProcess, borrowing LaunchChannel) throws(ContainerError) -> Void
  ) throws(ContainerError) -> ChildProcess {
    var kinds = namespaces.created.subtracting(.cgroup)
    if kinds.contains(.time), let offsets = plan.timeOffsets {
      // The offsets of a time namespace are fixed when its first process is born: it is made before.
      try step("time namespace") { () throws(SystemError) in
        try CurrentProcess.unshare(.time)
        try offsets.write()
      }
      kinds.subtract(.time)
    }
    let unified = try step("cgroup") { () throws(SystemError) in try cgroup.birthplace() }
    let child = { (parent: consuming FileDescriptor) -> Never in
      if namespaces.joinsUser { enter(joined, thenMake: kinds, parent) }
      InitProcess(
        plan: plan, namespaces: namespaces, joined: joined, sources: sources, cgroup: cgroup, preserved: preserved,
        parent: parent, barrier: barrier, hooks: hooks
      ).run()
    }
    return try LaunchChannel.makeChild(
      namespaces.joinsUser ? [] : kinds, into: unified, hasSibling: namespaces.joinsUser, child: child
    ) { (process, channel) throws(ContainerError) in
      if namespaces.hasOwnUser {
        try step("user namespace") { () throws(SystemError) in
          if namespaces.created.contains(.user), let mappings = plan.userMappings {
            try mappings.write(for: process.pid)
          }
          try channel.socket.send(.mapped)
        }
      }
      try supervise(process, channel)
    }
  }

  /// Enters a user namespace of others and makes the container's first process there, as a child of the launching
  /// process: only so do its new namespaces belong to that user namespace, and is it the first of its pid namespace.
  ///
  /// Returns in the new process.
  private static func enter(_ joined: JoinedNamespaces, thenMake kinds: Namespaces, _ parent: borrowing FileDescriptor)
  {
    do {
      try joined.enter()
      try parent.becomeSibling(kinds)
    } catch {
      parent.sendLast(LaunchReport(error))
      CurrentProcess.exit(1)
    }
  }
}

extension FileDescriptor {
  /// Makes a process in this one's place, as a child of the launching process, to which this is the connection.
  ///
  /// Returns in the new process; this one reports it and ends.
  borrowing func becomeSibling(_ kinds: Namespaces = []) throws(ContainerError) {
    switch try step("clone", { () throws(SystemError) in try CurrentProcess.clone(kinds, sibling: true) }) {
    case .child: return
    case .parent(let process):
      let report = LaunchReport.sibling(pid: process.pid)
      try step("launch socket") { () throws(SystemError) in try send(report.packet, with: process.handle) }
      CurrentProcess.exit(0)
    }
  }
}

extension TimeOffsets {
  /// Sets the clocks of the time namespace that this process has made for its children (time_namespaces(7)).
  fileprivate func write() throws(SystemError) {
    var lines = ""
    for (clock, offset) in [("monotonic", monotonic), ("boottime", boottime)] {
      if let offset { lines += "\(clock) \(offset.seconds) \(offset.nanoseconds)\n" }
    }
    try FileDescriptor.open("/proc/self/timens_offsets", .writeOnly).writeAll(Array(lines.utf8))
  }
}
