public import DecisionLog
internal import Linux
internal import Policy

extension StateStore {
  /// Stops all processes of a container until it is resumed.
  ///
  /// - Throws: `notRunning` where it does not run, or is paused already.
  public func pause(_ admitted: consuming AdmittedPlan, _ state: ContainerState) throws(ContainerError) {
    guard case .pause(let id) = admitted.plan, id == state.id else { throw .otherPlan("pause") }
    try holding(state, .exclusive) { () throws(ContainerError) in
      switch try status(of: state) {
      case .created, .running: try cgroup(of: state).freeze()
      case .creating, .paused, .stopped: throw .notRunning
      }
    }
  }

  /// Lets the processes of a paused container go on.
  ///
  /// - Throws: `notPaused` where it is not.
  public func resume(_ admitted: consuming AdmittedPlan, _ state: ContainerState) throws(ContainerError) {
    guard case .resume(let id) = admitted.plan, id == state.id else { throw .otherPlan("resume") }
    try holding(state, .exclusive) { () throws(ContainerError) in
      switch try status(of: state) {
      case .paused: try cgroup(of: state).thaw()
      case .creating, .created, .running, .stopped: throw .notPaused
      }
    }
  }

  /// Changes the limits of a container that has not ended: all that the plan names, or where one fails, none.
  public func update(_ admitted: consuming AdmittedPlan, _ state: ContainerState) throws(ContainerError) {
    guard case .update(let plan) = admitted.plan, plan.id == state.id else { throw .otherPlan("update") }
    try holding(state, .exclusive) { () throws(ContainerError) in
      switch try status(of: state) {
      case .created, .running, .paused:
        try cgroup(of: state).update(plan, scope: SystemdScope(state.cgroup, state.cgroupDriver))
      case .creating, .stopped: throw .notRunning
      }
    }
  }

  func cgroup(of state: ContainerState) throws(ContainerError) -> Cgroup {
    try system { () throws(SystemError) in try Cgroup(path: state.cgroup) }
  }
}
