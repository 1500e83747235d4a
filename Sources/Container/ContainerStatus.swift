internal import Bytes
internal import Linux
public import Policy

extension StateStore {
  /// A container's place in its life, derived from what the kernel knows.
  public func status(of state: ContainerState) throws(ContainerError) -> NodeState.Status {
    guard let process = state.process else {
      if try system({ () throws(SystemError) in try state.creator.isAlive() }) { return .creating }
      // The creator may have come to its end after the state was read: what it left is on record by now, for good.
      // Taken for stopped, the container would not count among the instances of its entry.
      guard let left = try read(state.id), left.creator == state.creator, left.process != nil else { return .stopped }
      return try status(of: left)
    }
    return try system { () throws(SystemError) in
      guard try process.isAlive() else { return .stopped }
      if try Cgroup(path: state.cgroup).isFrozen() { return .paused }
      return try isWaiting(state.id, process) ? .created : .running
    }
  }

  /// What a decision needs to know of the containers.
  ///
  /// - Parameter withLaunches: Whether one is to be launched, which may be bounded by how many were before.
  public func nodeState(
    of states: [ContainerState], withLaunches: Bool = false
  ) throws(ContainerError) -> NodeState {
    var containers: [NodeState.Container] = []
    containers.reserveCapacity(states.count)
    for state in states {
      let status = try status(of: state)
      let isSandbox = withLaunches && state.entry == Policy.sandboxName
      containers.append(
        NodeState.Container(
          id: state.id, entry: state.entry, bindings: state.bindings, status: status,
          pid: status == .stopped ? nil : state.process?.pid,
          launches: isSandbox ? try launches(of: .sandbox(state.id)) : [:]))
    }
    return NodeState(containers: containers, launches: withLaunches ? try launches(of: .node) : [:])
  }
}
