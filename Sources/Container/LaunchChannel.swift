internal import Bytes
internal import Linux

/// The launching process's end of the connection to the process that it has made.
struct LaunchChannel: ~Copyable {
  let socket: FileDescriptor

  /// Makes a process that is connected to this one, and ends it again where this one's part fails.
  ///
  /// - Parameters:
  ///   - kinds: New namespaces of the process.
  ///   - cgroup: Where it begins its life.
  ///   - hasSibling: Whether it makes another one in its place, which is the one that counts.
  ///   - child: What the new process does.
  ///   - supervise: What this process does meanwhile.
  static func makeChild(
    _ kinds: Namespaces = [], into cgroup: borrowing FileDescriptor?, hasSibling: Bool = false,
    child: (consuming FileDescriptor) -> Never,
    supervise: (borrowing ChildProcess, borrowing LaunchChannel) throws(ContainerError) -> Void
  ) throws(ContainerError) -> ChildProcess {
    let pair = try step("launch socket") { () throws(SystemError) in try FileDescriptor.packetPair() }
    return try pair.split { (parentEnd, childEnd) throws(ContainerError) in
      let result: CloneResult
      do throws(SystemError) {
        result = try CurrentProcess.clone(kinds, into: cgroup)
      } catch {
        throw .step("clone", error)
      }
      switch consume result {
      case .child: child(childEnd)
      case .parent(let made):
        let channel = LaunchChannel(socket: parentEnd)
        // Otherwise the connection would not end with the child.
        childEnd.close()
        let process = hasSibling ? try channel.awaitSibling(of: made) : made
        do throws(ContainerError) {
          try supervise(process, channel)
        } catch {
          // It may have ended by itself, with the reason that is about to be reported.
          do { try process.end() } catch {}
          throw error
        }
        return process
      }
    }
  }

  /// Waits until the process has done its part.
  ///
  /// - Throws: what the process says went wrong; how it ended, where it said nothing.
  borrowing func awaitReady(of child: borrowing ChildProcess) throws(ContainerError) {
    try expect(.ready, from: child)
  }

  /// Waits for the one report that may come now.
  borrowing func expect(_ expected: LaunchReport, from child: borrowing ChildProcess) throws(ContainerError) {
    guard try next(from: child) == expected else { throw Self.disorder }
  }

  /// Waits for a report that is no failure.
  borrowing func next(from child: borrowing ChildProcess) throws(ContainerError) -> LaunchReport {
    guard let report = try report() else { throw try silence(of: child) }
    if let failure = report.failure { throw failure }
    return report
  }

  static var disorder: ContainerError {
    .unsuitable("the container's first process broke the order of its messages")
  }

  /// Waits until the program runs: the connection ends with exec, and with it everything that could be said.
  borrowing func awaitExec() throws(ContainerError) {
    guard let report = try report() else { return }
    throw report.failure ?? Self.disorder
  }

  /// Waits for the process that another one has made as its sibling, and for the end of that other one.
  borrowing func awaitSibling(of child: consuming ChildProcess) throws(ContainerError) -> ChildProcess {
    var packet = try step("launch socket") { () throws(SystemError) in
      try socket.receive(atMost: LaunchReport.limit)
    }
    switch LaunchReport(packet: packet.bytes) {
    case .sibling(let pid):
      guard let handle = packet.file.take() else {
        throw .unsuitable("no handle of the container's first process came")
      }
      try step("clone") { () throws(SystemError) in _ = try child.wait() }
      return ChildProcess(pid: pid, handle: handle)
    case .some(let report): throw report.failure ?? Self.disorder
    case .none: throw try silence(of: child)
    }
  }

  /// The next report; nil at the end of the connection.
  private borrowing func report() throws(ContainerError) -> LaunchReport? {
    let packet = try step("launch socket") { () throws(SystemError) in try socket.read(atMost: LaunchReport.limit) }
    if packet.isEmpty { return nil }
    guard let report = LaunchReport(packet: packet) else {
      throw .unsuitable("the container's process sent \(packet.count) bytes that are no report")
    }
    return report
  }

  private borrowing func silence(of child: borrowing ChildProcess) throws(ContainerError) -> ContainerError {
    let status = try step("wait") { () throws(SystemError) in try child.wait() }
    return switch status {
    case .exited(let code): .reported("the container's process ended before its program: exit code \(code)")
    case .killed(let signal): .reported("the container's process ended before its program: signal \(signal)")
    }
  }
}

extension ChildProcess {
  /// Ends the process and forgets it. One that has ended already is not an error.
  borrowing func end() throws(SystemError) {
    do {
      try handle.signal(9)
      _ = try wait()
    } catch  where error.errno == ErrorNumber.ESRCH || error.errno == ErrorNumber.ECHILD {
      return
    }
  }
}
