public import DecisionLog
internal import Linux
internal import Policy

extension StateStore {
  /// Lets a created container run its program, and waits until it does.
  ///
  /// - Throws: `alreadyStarted` where it runs; `reported` where the program cannot be executed.
  public func start(_ admitted: consuming AdmittedPlan, _ state: ContainerState) throws(ContainerError) {
    guard case .start(let id) = admitted.plan, id == state.id else { throw .otherPlan("start") }
    try holding(state, .shared) { () throws(ContainerError) in
      switch try status(of: state) {
      case .created: try StartBarrier.open(id, in: self)
      case .running, .paused: throw .alreadyStarted
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
    case .creating, .stopped: throw .notRunning
    }
    return Exec(plan, filter: try filter(for: plan.process, entering: plan.id), state: state, options: options)
  }
}
