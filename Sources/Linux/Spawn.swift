public import Bytes

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
  ///   - further: the number of an open file that the program gets as descriptor 3.
  ///   - limit: how many bytes of each stream are kept, from its start.
  public static func run(
    _ program: ByteString, _ arguments: [ByteString], environment: [ByteString] = [], input: [UInt8] = [],
    further: Int32? = nil, limit: Int = 1 << 20
  ) throws(SystemError) -> FinishedProgram {
    let source = try FileDescriptor.memory(named: "stdin")
    let output = try FileDescriptor.memory(named: "stdout")
    try source.writeAll(input)
    try source.seek(to: 0)
    let finished = try run(program, arguments, environment: environment, from: source, to: output, further: further)
    try output.seek(to: 0)
    return FinishedProgram(
      status: finished.status, output: try output.read(atMost: limit), errors: Array(finished.errors.prefix(limit)))
  }

  /// Runs a program that reads one open file and writes to another; `output` stays empty.
  public static func run(
    _ program: ByteString, _ arguments: [ByteString], environment: [ByteString] = [],
    from input: borrowing FileDescriptor, to output: borrowing FileDescriptor, further: Int32? = nil
  ) throws(SystemError) -> FinishedProgram {
    let errors = try FileDescriptor.memory(named: "stderr")
    let running = try RunningProgram(
      program, arguments, environment: environment, input: input, output: output, errors: errors, further: further)
    let status = try running.wait()
    try errors.seek(to: 0)
    return FinishedProgram(status: status, output: [], errors: try errors.read(atMost: 1 << 16))
  }
}
