internal import Bytes
public import DecisionLog
internal import Linux
public import NodeConfiguration
internal import Policy
internal import VerifiedImage

extension StateStore {
  /// How long a killed process gets to end, in milliseconds.
  private static let patience: Int32 = 10_000

  /// Removes a container and everything of it. One that runs is ended first, if the plan says so.
  ///
  /// - Throws: `notStopped`, where the container runs and the plan does not force its end.
  public func delete(
    _ admitted: consuming AdmittedPlan, _ state: ContainerState, _ configuration: NodeConfiguration
  ) throws(ContainerError) {
    guard case .delete(let id, let force) = admitted.plan, id == state.id else { throw .otherPlan("delete") }
    try holding(state, .exclusive) { () throws(ContainerError) in
      let status = try status(of: state)
      switch status {
      case .created, .stopped: break
      case .creating, .running, .paused:
        guard force else { throw .notStopped(state.id, status) }
      }
      try clear(state, configuration)
    }
  }

  /// Ends every process of a container and removes everything of it, from whatever its launch had come to.
  ///
  /// Each step can be repeated, and the state goes last: after a crash or a failure, the next try finds its way.
  public func clear(_ state: ContainerState, _ configuration: NodeConfiguration) throws(ContainerError) {
    // First the command that makes it, unless it clears up after itself: otherwise it would go on making.
    let current = try system { () throws(SystemError) in try ProcessIdentity.current() }
    if state.process == nil && state.creator != current { try end(state.creator) }
    let cgroup = try system { () throws(SystemError) in try Cgroup(path: state.cgroup) }
    if let process = state.process { try kill(process) }
    try cgroup.end()
    try SystemdScope(state.cgroup, state.cgroupDriver)?.stop()
    try cgroup.remove()
    if let terms = state.resourceControl { try ResourceControl(terms, of: state.id).remove() }
    do { try imageStore(configuration).release(for: state.id) } catch { throw .unsuitable("\(error)") }
    try remove(state.id, holding: try lock())
    runPoststop(of: state)
  }

  private func kill(_ process: ProcessIdentity) throws(ContainerError) {
    try system { () throws(SystemError) in
      guard let handle = try process.open() else { return }
      do throws(SystemError) {
        try handle.signal(9)
      } catch  where error.errno == ErrorNumber.ESRCH {
        // Ended meanwhile.
      }
    }
  }

  private func end(_ process: ProcessIdentity) throws(ContainerError) {
    try kill(process)
    let hasEnded = try system { () throws(SystemError) in
      guard let handle = try process.open() else { return true }
      return try handle.waitForEnd(milliseconds: Self.patience)
    }
    guard hasEnded else { throw .stuck("process \(process.pid), which makes the container, does not end") }
  }
}
