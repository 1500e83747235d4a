internal import Bytes
internal import Linux
internal import Policy

/// What `events` tells of a container.
public enum ContainerEvent: Equatable, Sendable {
  /// The kernel ended a process since memory had run out.
  case outOfMemory
  case statistics(ContainerStatistics)
}

extension StateStore {
  /// How often memory is looked at, in milliseconds.
  private static let step: Int32 = 100

  /// What a container uses now.
  ///
  /// - Throws: `unsuitable` where it has ended.
  public func statistics(of state: ContainerState) throws(ContainerError) -> ContainerStatistics {
    try requireProcesses(of: state)
    let cgroup = try cgroup(of: state)
    return try system { () throws(SystemError) in try cgroup.statistics() }
  }

  /// Tells what happens to a container until it ends, or until nobody listens any more.
  ///
  /// - Parameters:
  ///   - interval: Milliseconds from statistics to statistics.
  ///   - report: Takes an event; false ends it all.
  public func events(
    of state: ContainerState, every interval: Int32, report: (ContainerEvent) -> Bool
  ) throws(ContainerError) {
    try requireProcesses(of: state)
    let cgroup = try cgroup(of: state)
    try system { () throws(SystemError) in
      guard let process = try state.process?.open() else { return }
      var known = try cgroup.outOfMemoryCount()
      var deadline = try Deadline(milliseconds: interval)
      while true {
        let hasEnded = try process.waitForEnd(milliseconds: min(Self.step, try deadline.remainingMilliseconds()))
        let count = try cgroup.outOfMemoryCount()
        if count > known, !report(.outOfMemory) { return }
        known = count
        if hasEnded { return }
        guard try deadline.remainingMilliseconds() == 0 else { continue }
        if !report(.statistics(try cgroup.statistics())) { return }
        deadline = try Deadline(milliseconds: interval)
      }
    }
  }

  private func requireProcesses(of state: ContainerState) throws(ContainerError) {
    switch try status(of: state) {
    case .created, .running, .paused: return
    case .creating, .stopped: throw .unsuitable("container with id \(state.id) is not running")
    }
  }
}
