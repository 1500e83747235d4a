internal import Bytes
public import DecisionLog
internal import Linux
internal import Policy

extension StateStore {
  /// Sends a signal to the container's first process, or to all of its processes.
  ///
  /// - Throws: `notRunning` where the first process has ended; not for a signal to all, which then reaches those that
  ///   are left.
  public func kill(_ admitted: consuming AdmittedPlan, _ state: ContainerState) throws(ContainerError) {
    guard case .kill(let plan) = admitted.plan, plan.id == state.id else { throw .otherPlan("kill") }
    try holding(state, .shared) { () throws(ContainerError) in
      let cgroup = try system { () throws(SystemError) in try Cgroup(path: state.cgroup) }
      if plan.all {
        try cgroup.signal(plan.signal)
      } else {
        try signalFirst(plan.signal, state)
      }
      // SIGKILL
      if plan.signal == 9 { try cgroup.thawAfterKill() }
    }
  }

  private func signalFirst(_ number: Int32, _ state: ContainerState) throws(ContainerError) {
    let handle = try system { () throws(SystemError) in try state.process?.open() }
    guard let handle else { throw .notRunning }
    do {
      try handle.signal(number)
    } catch  where error.errno == ErrorNumber.ESRCH {
      throw .notRunning
    } catch {
      throw .system(error)
    }
  }
}
