internal import Bytes
public import Linux
internal import Policy
internal import RuntimeSpec

/// A further process in a running container.
public struct Exec {
  let plan: ExecPlan
  let filter: SeccompProgram?
  /// The container as it was when the decision was made: another one of the same id has another first process.
  let state: ContainerState
  let options: LaunchOptions

  /// Prepares a process.
  init(_ plan: ExecPlan, filter: SeccompProgram?, state: ContainerState, options: LaunchOptions) {
    (self.plan, self.filter, self.state, self.options) = (plan, filter, state, options)
  }

  /// Runs the program to its end and passes signals on to it.
  ///
  /// - Returns: how the program ended.
  /// - Throws: where the program did not run at all.
  public func run() throws(ContainerError) -> ExitStatus {
    try step("signals") { () throws(SystemError) in try CurrentProcess.blockSignals() }
    let child = try make()
    // All that is left to do is to pass signals on, and what stands on the terminal.
    try step("capabilities") { () throws(SystemError) in try CurrentProcess.keepOnlyRightToSignal() }
    return try options.wait(for: child, running: plan.process)
  }

  /// Runs the program without waiting for its end.
  public func runDetached() throws(ContainerError) { _ = try make() }

  private func make() throws(ContainerError) -> ChildProcess {
    guard let identity = state.process, let container = try system({ () throws(SystemError) in try identity.open() })
    else { throw .notRunning }
    let console = try options.connectConsole(for: plan.process)
    let entering = EnteringProcess(
      plan: plan, filter: filter, domain: state.domain, preserved: options.preservedDescriptors,
      cgroup: try system { () throws(SystemError) in
        try Cgroup(path: state.cgroup)
      }, namespaces: try namespaces(of: identity), pid: identity.pid, container: SharedFile(container),
      null: SharedFile(try StandardStreams.openNull()), console: console)
    return try entering.make { (child, channel) throws(ContainerError) in
      try step("launch socket") { () throws(SystemError) in try channel.socket.send(.mapped) }
      if let adjustment = plan.process.oomScoreAdjustment {
        try step("oom_score_adj \(adjustment)") { () throws(SystemError) in try child.setOutOfMemoryScore(adjustment) }
      }
      if let terms = state.resourceControl { try ResourceControl(terms, of: state.id).add(child.pid) }
      if filter?.notifies == true {
        try channel.handOverListener(
          of: child, to: state.seccompListener, state.state(.running, pid: identity.pid))
      }
      try channel.awaitReady(of: child)
      if entering.namespaces.contains(.user) { try child.take(plan.process.limits) }
      try options.writePidFile(child.pid)
      try options.sendHandle(of: child)
      try step("launch socket") { () throws(SystemError) in try channel.socket.send(.commit) }
      try channel.awaitExec()
    }
  }

  /// All kinds, but a user namespace only where it is another one: the kernel refuses to enter one's own.
  private func namespaces(of process: ProcessIdentity) throws(ContainerError) -> Namespaces {
    let differs = try step("user namespace") { () throws(SystemError) in
      let its = try FileDescriptor.open(ByteString("/proc/\(process.pid)/ns/user"), .path).status().inode
      return its != (try FileDescriptor.open("/proc/self/ns/user", .path).status().inode)
    }
    let kinds: Namespaces = [.mount, .pid, .cgroup, .uts, .ipc, .network, .time]
    return differs ? kinds.union(.user) : kinds
  }
}

extension ChildProcess {
  /// Tells the kernel how gladly it may end this process when memory runs out. Through the node's procfs: in that of
  /// a container, the file could be another one (CVE-2025-52881).
  borrowing func setOutOfMemoryScore(_ adjustment: Int32) throws(SystemError) {
    try FileDescriptor.open(ByteString("/proc/\(pid)/oom_score_adj"), .writeOnly).writeAll(Array("\(adjustment)".utf8))
  }
}
