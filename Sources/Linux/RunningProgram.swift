public import Bytes
internal import CLinux

/// A program of the trusted node that runs, with nothing of this process but what it was handed.
public struct RunningProgram: ~Copyable, Sendable {
  private let program: ByteString
  private let child: ChildProcess
  private let hasOwnGroup: Bool

  /// Status of a child that could not become the program, as shells use it.
  public static let notStarted: Int32 = 127

  /// Starts a program in the root directory. It ends with this process.
  ///
  /// - Parameters:
  ///   - program: an absolute path of the trusted node; it is also `argv[0]`.
  ///   - environment: `NAME=value`.
  ///   - further: the number of an open file that the program gets as descriptor 3.
  ///   - ownGroup: makes it the first process of a session, so that `kill` reaches those that it starts.
  public init(
    _ program: ByteString, _ arguments: [ByteString], environment: [ByteString] = [],
    input: borrowing FileDescriptor, output: borrowing FileDescriptor, errors: borrowing FileDescriptor,
    further: Int32? = nil, ownGroup: Bool = false
  ) throws(SystemError) {
    let streams = (input.rawValue, output.rawValue, errors.rawValue, further ?? -1)
    (self.program, hasOwnGroup) = (program, ownGroup)
    child = try Self.spawn([program] + arguments, environment, streams, ownGroup)
  }

  /// A pidfd: ready for reading when the program has ended.
  public var handle: Int32 { child.handle.rawValue }

  /// Waits for the program's end, and takes its status.
  ///
  /// - Returns: nil where a signal ended it.
  public borrowing func wait() throws(SystemError) -> Int32? {
    switch try child.wait() {
    case .exited(let status): status
    case .killed: nil
    }
  }

  /// Ends the program, and what it has started in its own group. To be called before `wait`: until then nobody else
  /// gets its number.
  public borrowing func kill() throws(SystemError) {
    for target in hasOwnGroup ? [-child.pid, child.pid] : [child.pid] {
      let result = clinux_kill(target, SIGKILL)
      if result != -Int(ErrorNumber.ESRCH) { try check(result, "kill", program) }
    }
  }

  private static func spawn(
    _ arguments: [ByteString], _ environment: [ByteString],
    _ streams: (input: Int32, output: Int32, errors: Int32, further: Int32), _ ownGroup: Bool
  ) throws(SystemError) -> ChildProcess {
    let strings = arguments + environment
    if let bad = strings.first(where: { $0.bytes.contains(0) }) {
      throw SystemError(call: "execveat", errno: ErrorNumber.EINVAL, object: bad)
    }
    var text: [UInt8] = [UInt8(ascii: "/"), 0]
    for string in strings { text += string.bytes + [0] }
    var handle: Int32 = -1
    let result: Int = unsafe text.withUnsafeMutableBytes { memory in
      var vector: [UnsafeMutablePointer<CChar>?] = unsafe []
      let root = unsafe memory.baseAddress?.bindMemory(to: CChar.self, capacity: 2)
      var offset = 2
      for (index, string) in strings.enumerated() {
        if index == arguments.count { unsafe vector.append(nil) }
        let start = unsafe memory.baseAddress?.advanced(by: offset)
        unsafe vector.append(start?.bindMemory(to: CChar.self, capacity: string.count + 1))
        offset += string.count + 1
      }
      if environment.isEmpty { unsafe vector.append(nil) }
      unsafe vector.append(nil)
      return unsafe vector.withUnsafeBufferPointer { vector in
        guard let argv = vector.baseAddress else { preconditionFailure("a vector is never empty") }
        let parent = clinux_getpid()
        var request = clinux_clone(flags: UInt64(CLONE_PIDFD), cgroup: 0, exit_signal: SIGCHLD)
        let pid = unsafe clinux_clone3(&request, &handle)
        if pid != 0 { return pid }
        // The child: only system calls until exec, nothing is allocated.
        // It ends with this process: what it would still make afterwards, nobody would clear.
        guard clinux_reset_signals() == 0, clinux_prctl(1 /* PR_SET_PDEATHSIG */, 9, 0, 0, 0) == 0,
          clinux_getppid() == parent, !ownGroup || clinux_setsid() > 0,
          // The caller chose where this program was started.
          unsafe clinux_chdir(root) == 0,
          clinux_dup3(streams.input, 0, 0) == 0, clinux_dup3(streams.output, 1, 0) == 1,
          clinux_dup3(streams.errors, 2, 0) == 2
        else { clinux_exit(notStarted) }
        var first: UInt32 = 3
        if streams.further >= 0 {
          // A descriptor that is the third already only loses its mark of being closed.
          let kept = streams.further == 3 ? clinux_fcntl(3, F_SETFD, 0) : clinux_dup3(streams.further, 3, 0)
          guard kept >= 0 else { clinux_exit(notStarted) }
          first = 4
        }
        // Also those that the caller of this program left open.
        guard clinux_close_range(first, UInt32.max, 0) == 0 else { clinux_exit(notStarted) }
        let here = Int32(CLINUX_AT_FDCWD)
        _ = unsafe clinux_execveat(here, argv[0], argv, argv.advanced(by: arguments.count + 1), 0)
        clinux_exit(notStarted)
      }
    }
    let pid = try check(result, "clone3", arguments[0])
    return ChildProcess(pid: Int32(truncatingIfNeeded: pid), handle: FileDescriptor(owning: handle))
  }
}
