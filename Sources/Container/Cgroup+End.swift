internal import Bytes
internal import Linux

extension Cgroup {
  /// How long the kernel gets to end killed processes, in milliseconds.
  private static let patience: Int32 = 10_000

  /// Ends every process in the cgroup and beneath it, and waits until they are gone.
  ///
  /// - Throws: `stuck`, with the name of a process that does not end.
  public func end() throws(ContainerError) {
    var waited: Int32 = 0
    var step: Int32 = 1
    while true {
      let processes = try system { () throws(SystemError) in try self.processes() }
      if processes.isEmpty { return }
      try system { () throws(SystemError) in try kill() }
      guard waited < Self.patience else {
        throw .stuck("cgroup \(path): killed and still there: \(try describe(processes))")
      }
      Timestamp.pause(milliseconds: step)
      waited += step
      step = min(step * 2, 100)
    }
  }

  /// Sends a signal to every process in the cgroup and beneath it.
  public func signal(_ number: Int32) throws(ContainerError) {
    try system { () throws(SystemError) in
      let wasFrozen = try isFrozen()
      // A stopped process neither ends nor forks, so that each pid means what it meant when it was read.
      if !wasFrozen { try freezeIfPossible() }
      do throws(SystemError) {
        for pid in try processes() { try signal(number, to: pid) }
      } catch {
        if !wasFrozen { try thawIfPossible() }
        throw error
      }
      if !wasFrozen { try thawIfPossible() }
    }
  }

  /// Lets a cgroup of v1 go on that is paused: its processes would get not even SIGKILL.
  public func thawAfterKill() throws(ContainerError) {
    guard layout == .legacy else { return }
    try system { () throws(SystemError) in try thawIfPossible() }
  }

  private func kill() throws(SystemError) {
    if layout == .unified {
      do throws(SystemError) {
        // Linux 5.14: the whole subtree in one step, forks in progress and frozen processes too.
        return try write("1", to: "cgroup.kill", of: nil)
      } catch  where error.errno == ErrorNumber.ENOENT {
        // Or the cgroup is gone: then its processes are, too.
      }
    }
    try freezeIfPossible()
    for pid in try processes() { try signal(9, to: pid) }
    try thawIfPossible()
  }

  private func signal(_ number: Int32, to pid: Int32) throws(SystemError) {
    do {
      try FileDescriptor.process(pid).signal(number)
    } catch  where error.errno == ErrorNumber.ESRCH {
      // Ended meanwhile.
    }
  }

  private func freezeIfPossible() throws(SystemError) {
    do {
      try setFrozen(true)
    } catch  where error.errno == ErrorNumber.ENOENT {
      // No freezer on this node, or the cgroup is gone.
    }
  }

  private func thawIfPossible() throws(SystemError) {
    do {
      try setFrozen(false)
    } catch  where error.errno == ErrorNumber.ENOENT || error.errno == ErrorNumber.ENODEV {
      // No freezer on this node, or the cgroup is gone.
    }
  }

  /// Removes the cgroup and what its processes made beneath it, in every hierarchy. One that is gone is not an error.
  ///
  /// - Throws: `stuck`, with the name of a process that holds it.
  public func remove() throws(ContainerError) {
    switch layout {
    case .unified: try removeWithOwnParent(directory(nil))
    case .legacy: for controller in CgroupController.allCases { try removeWithOwnParent(directory(controller)) }
    }
  }

  /// `/ward` is Ward's own and goes with the last container in it; other parents belong to who made them.
  private func removeWithOwnParent(_ directory: ByteString) throws(ContainerError) {
    try remove(directory)
    guard path.parentPath == "/ward" else { return }
    do {
      try FileDescriptor.open(directory.parentPath.parentPath, [.path, .directory]).removeDirectory("ward")
    } catch
      where error.errno == ErrorNumber.EBUSY || error.errno == ErrorNumber.ENOENT || Self.isRefusal(error.errno)
    {
      // Another container is in it, or it is gone; or it is that of the node, and this one went without a cgroup.
    } catch {
      throw .system(error)
    }
  }

  private func remove(_ directory: ByteString) throws(ContainerError) {
    var waited: Int32 = 0
    var step: Int32 = 1
    while true {
      do throws(SystemError) {
        return try removeOnce(directory)
      } catch  where error.errno == ErrorNumber.EBUSY && waited < Self.patience {
        // A process stays in its cgroup for a moment after it was seen to end.
        Timestamp.pause(milliseconds: step)
        waited += step
        step = min(step * 2, 100)
      } catch  where error.errno == ErrorNumber.EBUSY {
        let processes = try system { () throws(SystemError) in try self.processes() }
        throw .stuck("cgroup \(directory) is busy: \(try describe(processes))")
      } catch {
        throw .system(error)
      }
    }
  }

  private func removeOnce(_ directory: ByteString) throws(SystemError) {
    do {
      try FileDescriptor.open(directory.parentPath, [.path, .directory]).removeDirectory(directory.lastPathComponent)
    } catch  where error.errno == ErrorNumber.ENOENT {
      return
    } catch  where error.errno == ErrorNumber.EBUSY {
      // With children, or with processes: only the first can be helped here.
      let children = try Self.children(of: directory)
      if children.isEmpty { throw error }
      for child in children { try removeOnce(directory.appending(path: child)) }
      try removeOnce(directory)
    }
  }

  func describe(_ processes: [Int32]) throws(ContainerError) -> String {
    var texts: [String] = []
    for pid in processes.prefix(4) {
      guard let status = try system({ () throws(SystemError) in try ProcessStatus.of(pid: pid) }) else { continue }
      texts.append("process \(pid) (\(status.command)), state \(Unicode.Scalar(status.state))")
    }
    return texts.isEmpty ? "no process of it can be seen" : texts.joined(separator: ", ")
  }
}
