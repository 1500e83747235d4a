public import DecisionLog
internal import Linux
public import NodeConfiguration
internal import Policy

extension StateStore {
  /// Lets a created container run its program, and waits until it does.
  ///
  /// - Parameter notify: Where to tell when the program is ready: that is waited for, where the container was made with a
  ///   socket for it.
  /// - Throws: `alreadyStarted` where it runs; `reported` where the program cannot be executed; `hook` where a hook
  ///   failed, and the container has ended and is gone.
  public func start(
    _ admitted: consuming AdmittedPlan, _ state: ContainerState, _ configuration: NodeConfiguration,
    notifying notify: NotifySocket? = nil
  ) throws(ContainerError) {
    guard case .start(let id) = admitted.plan, id == state.id else { throw .otherPlan("start") }
    do throws(ContainerError) {
      var notifies = false
      if let notify { notifies = try notify.bind(self, id) }
      try open(id, state)
      if notifies, let notify, let process = state.process {
        try step("notify socket") { () throws(SystemError) in
          guard let handle = try process.open() else { return }
          try notify.relay(of: process.pid, handle)
        }
      }
    } catch {
      guard case .hook = error else { throw error }
      // What the caller hears of is the hook. What this leaves, `delete --force` clears.
      do throws(ContainerError) {
        try holding(state, .exclusive) { () throws(ContainerError) in try clear(state, configuration) }
      } catch {}
      throw error
    }
  }

  private func open(_ id: ContainerID, _ state: ContainerState) throws(ContainerError) {
    try holding(state, .shared) { () throws(ContainerError) in
      switch try status(of: state) {
      case .created:
        try StartBarrier.open(id, in: self)
        if let hooks = ContainerHooks(state), let process = state.process {
          try hooks.run(.poststart, pid: process.pid)
        }
      case .running: throw .alreadyStarted
      case .paused: throw .unsuitable("cannot start a container in the paused state")
      case .creating: throw .unsuitable("cannot start a container that is being created")
      case .stopped: throw .unsuitable("cannot start a container that has stopped")
      }
    }
  }

  /// Prepares a further process in a running container.
  ///
  /// - Throws: `paused` where the container is, unless that is to be ignored; `notRunning` where it has ended.
  public func exec(
    _ admitted: consuming AdmittedPlan, _ state: ContainerState, options: LaunchOptions, ignorePaused: Bool
  ) throws(ContainerError) -> Exec {
    guard case .exec(let plan) = admitted.plan, plan.id == state.id else { throw .otherPlan("exec") }
    switch try status(of: state) {
    case .created, .running: break
    case .paused:
      // Without this the process would wait, and its caller with it, until somebody lets the container go on.
      guard ignorePaused else { throw .paused }
    // Callers of runc know the first half, CRI-O the second.
    case .creating: throw .unsuitable("cannot exec in a container that is being created: \(ContainerError.notRunning)")
    case .stopped: throw .unsuitable("cannot exec in a stopped container: \(ContainerError.notRunning)")
    }
    return Exec(plan, filter: try filter(for: plan.process, entering: plan.id), state: state, options: options)
  }
}
