internal import Bytes
internal import Linux
public import Policy

extension StateStore {
  /// A container's place in its life, derived from what the kernel knows.
  public func status(of state: ContainerState) throws(ContainerError) -> NodeState.Status {
    try system { () throws(SystemError) in
      guard let process = state.process else {
        return try state.creator.isAlive() ? .creating : .stopped
      }
      guard try process.isAlive() else { return .stopped }
      if try isWaiting(state.id) { return .created }
      return try Cgroup(path: state.cgroup).isFrozen() ? .paused : .running
    }
  }

  /// What a decision needs to know of the containers.
  public func nodeState(of states: [ContainerState]) throws(ContainerError) -> NodeState {
    var containers: [NodeState.Container] = []
    containers.reserveCapacity(states.count)
    for state in states {
      let status = try status(of: state)
      containers.append(
        NodeState.Container(
          id: state.id, entry: state.entry, bindings: state.bindings, status: status,
          pid: status == .stopped ? nil : state.process?.pid))
    }
    return NodeState(containers: containers)
  }
}
