public import Bytes
internal import Linux
internal import Policy

/// What the command line of a launch says beside the plan: none of it changes what runs.
public struct LaunchOptions: Sendable {
  /// Where the pid is written before success is reported; nil writes none.
  public let pidFile: ByteString?
  /// The UNIX socket that gets the master of the terminal.
  public let consoleSocket: ByteString?
  /// How many descriptors from 3 upward the program inherits.
  public let preservedDescriptors: Int32

  /// Gathers the options.
  public init(pidFile: ByteString? = nil, consoleSocket: ByteString? = nil, preservedDescriptors: Int32 = 0) {
    (self.pidFile, self.consoleSocket, self.preservedDescriptors) = (pidFile, consoleSocket, preservedDescriptors)
  }

  /// The connection to the console socket, where the process has a terminal.
  func connectConsole(for process: ProcessPlan) throws(ContainerError) -> SharedFile? {
    guard process.terminal else {
      guard consoleSocket == nil else {
        throw .unsuitable("--console-socket is given, but the process has no terminal")
      }
      return nil
    }
    guard let consoleSocket else { throw .unsuitable("the process has a terminal, and --console-socket is missing") }
    return SharedFile(try Console.connect(to: consoleSocket))
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
