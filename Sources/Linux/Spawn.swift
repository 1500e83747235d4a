public import Bytes
internal import CLinux

/// A program that ran to its end.
public struct FinishedProgram: Sendable {
  /// The exit status; nil where a signal ended it.
  public let status: Int32?
  /// What it wrote.
  public let output: [UInt8]
  public let errors: [UInt8]

  /// Runs a program to its end, with nothing of this process but the given environment and three standard streams.
  ///
  /// The streams are memory files: neither side can block the other.
  ///
  /// - Parameters:
  ///   - program: an absolute path of the trusted node; it is also `argv[0]`.
  ///   - environment: `NAME=value`.
  ///   - limit: how many bytes of each stream are kept, from its start.
  public static func run(
    _ program: ByteString, _ arguments: [ByteString], environment: [ByteString] = [], input: [UInt8] = [],
    limit: Int = 1 << 20
  ) throws(SystemError) -> FinishedProgram {
    let streams = StandardFiles(
      input: try .memory(named: "stdin"), output: try .memory(named: "stdout"), errors: try .memory(named: "stderr"))
    try streams.input.writeAll(input)
    try streams.input.seek(to: 0)

    let pid = try spawn(program, [program] + arguments, environment, streams)
    var (code, status): (Int32, Int32) = (0, 0)
    try retrying("waitid", program) { unsafe clinux_waitid(1 /* P_PID */, UInt32(pid), WEXITED, &code, &status) }
    try streams.output.seek(to: 0)
    try streams.errors.seek(to: 0)
    return FinishedProgram(
      status: code == CLD_EXITED ? status : nil, output: try streams.output.read(atMost: limit),
      errors: try streams.errors.read(atMost: limit))
  }

  /// Status of a child that could not become the program, as shells use it.
  private static let notStarted: Int32 = 127

  private static func spawn(
    _ program: ByteString, _ arguments: [ByteString], _ environment: [ByteString], _ streams: borrowing StandardFiles
  ) throws(SystemError) -> Int {
    let (input, output, errors) = (streams.input.rawValue, streams.output.rawValue, streams.errors.rawValue)
    let strings = arguments + environment
    if let bad = strings.first(where: { $0.bytes.contains(0) }) {
      throw SystemError(call: "execveat", errno: ErrorNumber.EINVAL, object: bad)
    }
    var text: [UInt8] = []
    for string in strings { text += string.bytes + [0] }
    let result: Int = unsafe text.withUnsafeMutableBytes { memory in
      var vector: [UnsafeMutablePointer<CChar>?] = unsafe []
      var offset = 0
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
        var request = clinux_clone(flags: 0, cgroup: 0, exit_signal: SIGCHLD)
        let pid = unsafe clinux_clone3(&request, nil)
        if pid != 0 { return pid }
        // The child: only system calls until exec, nothing is allocated.
        // It ends with this process: what it would still make afterwards, nobody would clear.
        guard clinux_reset_signals() == 0, clinux_prctl(1 /* PR_SET_PDEATHSIG */, 9, 0, 0, 0) == 0,
          clinux_getppid() == parent, clinux_dup3(input, 0, 0) == 0, clinux_dup3(output, 1, 0) == 1,
          clinux_dup3(errors, 2, 0) == 2,
          // Also those that the caller of this program left open.
          clinux_close_range(3, UInt32.max, 0) == 0
        else { clinux_exit(notStarted) }
        let here = Int32(CLINUX_AT_FDCWD)
        _ = unsafe clinux_execveat(here, argv[0], argv, argv.advanced(by: arguments.count + 1), 0)
        clinux_exit(notStarted)
      }
    }
    return try check(result, "clone3", program)
  }
}

/// What a child gets as descriptors 0, 1 and 2.
private struct StandardFiles: ~Copyable {
  let input: FileDescriptor
  let output: FileDescriptor
  let errors: FileDescriptor
}
