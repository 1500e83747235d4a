public import Linux

extension StateStore {
  /// Does something with one container, which meanwhile does not become another under the same id.
  ///
  /// - Parameter mode: Exclusive to remove it, shared for everything else.
  /// - Throws: `doesNotExist` where it is gone by the time that others let go of it, even if another has taken its id.
  public func holding(
    _ state: ContainerState, _ mode: FileDescriptor.LockMode, _ body: () throws(ContainerError) -> Void
  ) throws(ContainerError) {
    let held = try lockDirectory(of: state, mode)
    let present = try load(state.id)
    guard present.creator == state.creator, present.created == state.created else { throw .doesNotExist }
    try body()
    // The lock goes with the descriptor.
    _ = consume held
  }
  private func lockDirectory(
    of state: ContainerState, _ mode: FileDescriptor.LockMode
  ) throws(ContainerError) -> FileDescriptor {
    do throws(ContainerError) {
      let directory = try directory(of: state.id)
      try system { () throws(SystemError) in try directory.lock(mode) }
      return directory
    } catch {
      if case .system(let error) = error, error.errno == ErrorNumber.ENOENT { throw .doesNotExist }
      throw error
    }
  }
}
