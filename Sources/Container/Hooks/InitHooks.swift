internal import Bytes
internal import Linux
internal import Policy

extension InitProcess {
  /// Where the root is placed for hooks: at the path of which they are told.
  borrowing func rootPath() throws(ContainerError) -> ByteString {
    switch plan.root.source {
    case .directory(let path): return path
    // Only a policy that admits everything admits hooks, and it takes the root as it was sent.
    case .image, .empty: throw .unsuitable("hooks need a root that is a directory of the node")
    }
  }

  /// Has the launching process run its hooks, where it has any, then runs those that belong into the container's namespaces.
  borrowing func runHooks() throws(ContainerError) {
    guard let hooks else { return }
    try step("launch socket") { () throws(SystemError) in
      try parent.send(.placed)
      try parent.await(.proceed)
    }
    try hooks.run(.createContainer, pid: CurrentProcess.pid)
  }

  /// Runs the hooks that come right before the program: as its user, in its root.
  ///
  /// - Returns: what went wrong.
  borrowing func runStartHooks() -> ContainerError? {
    guard let hooks else { return nil }
    do { try hooks.run(.startContainer, pid: CurrentProcess.pid) } catch { return error }
    return nil
  }
}

extension StateStore {
  /// Runs the hooks that come when nothing is left of a container.
  func runPoststop(of state: ContainerState) {
    for warning in ContainerHooks(state)?.runPoststop() ?? [] { warn(warning) }
  }
}
