internal import Bytes
internal import Linux

extension Cgroup {
  /// How long processes get to come to a halt, in milliseconds.
  private static let patience: Int32 = 5_000

  /// Stops all processes and waits until they are stopped. If they do not all stop, they go on as before.
  ///
  /// - Throws: `unsuitable` without a freezer, `stuck` with the name of a process.
  public func freeze() throws(ContainerError) {
    try write(frozen: true)
    var waited: Int32 = 0
    var step: Int32 = 1
    while try system({ () throws(SystemError) in try !hasStopped() }) {
      guard waited < Self.patience else {
        let text = try describe(try system { () throws(SystemError) in try processes() })
        try write(frozen: false)
        throw .stuck("cgroup \(path) cannot be frozen: \(text)")
      }
      Timestamp.pause(milliseconds: step)
      waited += step
      step = min(step * 2, 50)
      // In v1 a process that was born meanwhile is missed; asking again makes the kernel look again.
      if layout == .legacy { try write(frozen: true) }
    }
  }

  /// Lets all processes go on.
  public func thaw() throws(ContainerError) { try write(frozen: false) }

  private func write(frozen: Bool) throws(ContainerError) {
    do {
      try setFrozen(frozen)
    } catch  where error.errno == ErrorNumber.ENOENT {
      throw .unsuitable("cgroup \(path) has no freezer, and pausing needs one")
    } catch {
      throw .system(error)
    }
  }

  /// Whether every process has come to a halt.
  private func hasStopped() throws(SystemError) -> Bool {
    switch layout {
    case .legacy: return try read("freezer.state", of: .freezer) == "FROZEN"
    case .unified:
      return try read("cgroup.events", of: nil).split(UInt8(ascii: "\n")).contains("frozen 1")
    }
  }
}
