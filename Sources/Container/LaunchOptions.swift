public import Bytes
public import Linux
internal import Policy

/// Who gets the master of a process's terminal.
public enum TerminalReceiver: Sendable {
  /// The caller, over its UNIX socket.
  case socket(ByteString)
  /// This command, which carries the terminal on to its own.
  case relay(TerminalRelay)
  /// Nobody, and what to say of it where the process has a terminal.
  case nobody(String)
}

/// What the command line of a launch says beside the plan: none of it changes what runs.
public struct LaunchOptions: Sendable {
  /// Where the pid is written before success is reported; nil writes none.
  public let pidFile: ByteString?
  /// Who gets the master of the terminal.
  public let terminal: TerminalReceiver
  /// A connection over which the caller gets a pidfd of the process.
  public let handleSocket: SharedFile?
  /// Where the program's readiness is told; nil where nobody asked.
  public let notify: NotifySocket?
  /// How many descriptors from 3 upward the program inherits.
  public let preservedDescriptors: Int32
  /// Whether orphans of a container that this command waits for become its children.
  public let adoptsOrphans: Bool

  /// Gathers the options.
  public init(
    pidFile: ByteString? = nil, terminal: TerminalReceiver = .nobody("the process has a terminal that nobody gets"),
    handleSocket: SharedFile? = nil, notify: NotifySocket? = nil, preservedDescriptors: Int32 = 0,
    adoptsOrphans: Bool = true
  ) {
    self.notify = notify
    (self.pidFile, self.terminal, self.handleSocket) = (pidFile, terminal, handleSocket)
    (self.preservedDescriptors, self.adoptsOrphans) = (preservedDescriptors, adoptsOrphans)
  }

  /// The connection over which the master of the terminal goes, where the process has one.
  func connectConsole(for process: ProcessPlan) throws(ContainerError) -> SharedFile? {
    switch (terminal, process.terminal) {
    case (.socket(let path), true): return SharedFile(try Console.connect(to: path))
    case (.socket, false): throw .unsuitable("cannot use console socket if ward will not detach or allocate tty")
    case (.relay(let relay), true): return relay.giver
    case (.nobody(let reason), true): throw .unsuitable(reason)
    case (.relay, false), (.nobody, false): return nil
    }
  }

  /// Waits for the end of the program, with its terminal where this command has it.
  func wait(for child: borrowing ChildProcess, running process: ProcessPlan) throws(ContainerError) -> ExitStatus {
    try step("wait") { () throws(SystemError) in
      if let status = try notify?.relayPassingSignals(child) { return status }
      if case .relay(let relay) = terminal, process.terminal { return try relay.wait(for: child) }
      return try child.waitPassingSignals()
    }
  }

  /// Hands the caller a pidfd of the process: from here on it means this one and never another.
  func sendHandle(of child: borrowing ChildProcess) throws(ContainerError) {
    guard let handleSocket else { return }
    try step("pidfd socket") { () throws(SystemError) in
      try handleSocket.descriptor.send(Array("pidfd".utf8), with: child.handle)
    }
  }

  /// Writes the pid file in one step: a reader sees the whole number or no file.
  ///
  /// The path is the caller's: a file that is there is replaced only if it is a pid file, so that no other file of the
  /// node can be overwritten through this option.
  func writePidFile(_ pid: Int32) throws(ContainerError) {
    guard let pidFile else { return }
    try step("pid file \"\(pidFile)\"") { () throws(SystemError) in
      let directory = try CallerFile.directory(of: pidFile)
      let name = pidFile.lastPathComponent
      do throws(SystemError) {
        let old = try directory.open(name, [.readOnly, .nonBlocking, .noFollow], resolve: [.beneath])
        guard try old.status().kind == .regular,
          try old.read(atMost: 12).allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
          try old.status().size <= 11
        else { throw SystemError(call: "rename", errno: ErrorNumber.EEXIST, object: name) }
      } catch  where error.errno == ErrorNumber.ENOENT {
        // The usual case.
      }
      // Always a new file: one that is there under this name could be anybody's.
      let temporary = ByteString(".") + name + ByteString(".\(CurrentProcess.pid)")
      let file = try directory.open(
        temporary, [.writeOnly, .create, .exclusive, .noFollow], resolve: .beneath, mode: 0o644)
      do throws(SystemError) {
        try file.writeAll(Array("\(pid)".utf8))
        try directory.rename(temporary, to: name)
      } catch {
        try directory.remove(temporary)
        throw error
      }
    }
  }
}
