internal import Bytes
internal import Linux
internal import Policy

extension HooksPlan.Hook {
  /// Bytes of its output that an error shows.
  private static let shown = 1024
  private static let notStarted: Int32 = 127

  /// Runs the program to its end, as a child of this process.
  ///
  /// - Parameters:
  ///   - input: What it reads: the state of the container.
  ///   - directory: Its working directory; nil leaves that of this process.
  /// - Throws: where it fails or takes too long.
  func run(input: [UInt8], in directory: ByteString?) throws(ContainerError) {
    let end: (status: ExitStatus?, output: ByteString)
    do {
      // Memory files: neither side can block the other.
      let (stdin, output) = (SharedFile(try .memory(named: "state")), SharedFile(try .memory(named: "output")))
      try stdin.descriptor.writeAll(input)
      try stdin.descriptor.seek(to: 0)
      let parent = CurrentProcess.pid
      let result = try CurrentProcess.clone()
      switch consume result {
      case .child: become(stdin, output, directory, endingWith: parent)
      case .parent(let child):
        let status = try wait(for: child)
        try output.descriptor.seek(to: 0)
        end = (status, Self.line(try output.descriptor.read(atMost: Self.shown)))
      }
    } catch {
      throw .unsuitable("\"\(path)\": \(error)")
    }
    let reason: String
    switch end.status {
    case .exited(0): return
    case .exited(let code): reason = "exit status \(code)"
    case .killed(let signal): reason = "signal \(signal)"
    case .none: reason = "it was ended after \(timeout ?? 0) seconds"
    }
    throw .unsuitable("\"\(path)\": \(reason)\(end.output.isEmpty ? "" : ", output: \(end.output)")")
  }

  /// What a program wrote, as one line.
  private static func line(_ output: [UInt8]) -> ByteString {
    ByteString(output.split(whereSeparator: { $0 == UInt8(ascii: "\n") }).joined(separator: [UInt8(ascii: " ")]))
  }

  /// Nil where the program was ended because its time was up.
  private func wait(for child: borrowing ChildProcess) throws(SystemError) -> ExitStatus? {
    // poll(2) takes milliseconds: 2 million seconds are 23 days.
    let patience = timeout.map { Int32(min($0, 2_000_000)) * 1000 } ?? -1
    if try child.handle.waitForEnd(milliseconds: patience) { return try child.wait() }
    try child.killGroup()
    _ = try child.wait()
    return nil
  }

  /// The child. It gets nothing of this process but what is named here.
  private func become(
    _ stdin: SharedFile, _ output: SharedFile, _ directory: ByteString?, endingWith parent: Int32
  ) -> Never {
    do throws(SystemError) {
      try CurrentProcess.endWithParent(parent)
      // A group of its own, so that what it has started ends with it when its time is up.
      try CurrentProcess.startSession()
      if let directory { try CurrentProcess.changeDirectory(to: FileDescriptor.open(directory, [.path, .directory])) }
      // The set-up of a container has none.
      CurrentProcess.setUmask(0o022)
      try stdin.descriptor.duplicate(onto: 0)
      try output.descriptor.duplicate(onto: 1)
      try output.descriptor.duplicate(onto: 2)
      // Also those that `--preserve-fds` passes on to the container.
      try FileDescriptor.closeAll(except: [])
      try CurrentProcess.resetSignals()
      throw CurrentProcess.execute(path, arguments: arguments, environment: environment)
    } catch {
      let standardError = FileDescriptor(owning: 2)
      do { try standardError.writeAll(Array("\(error)".utf8)) } catch {}
      CurrentProcess.exit(Self.notStarted)
    }
  }
}
