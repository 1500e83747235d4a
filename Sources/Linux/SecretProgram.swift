public import Bytes

/// A program of the trusted node that hands over a secret on its standard output, bounded in time and in what it may
/// say. Whatever it does, it has ended afterwards, with all that it started in its group.
public struct SecretProgram: ~Copyable, Sendable {
  /// How the program came to its end.
  public enum End: Equatable, Sendable {
    case exited(Int32)
    /// By a signal of another.
    case killed
    /// It was not done in time.
    case late
    /// It wrote more than was asked for.
    case tooLong
  }

  public let end: End
  /// What it wrote.
  public let secret: Secret
  /// The start of what it wrote to standard error.
  public let errors: ByteString

  /// Runs a program to its end, with nothing of this process but the given environment and three pipes.
  ///
  /// - Parameters:
  ///   - input: what it may read; less than a pipe holds, 4096 bytes.
  ///   - limit: how many bytes the secret may have.
  public init(
    _ program: ByteString, environment: [ByteString], input: [UInt8], limit: Int, milliseconds: Int32
  ) throws(SystemError) {
    let deadline = try Deadline(milliseconds: milliseconds)
    // Before anything is started: where there is no room that is never swapped, there is no program left behind.
    var answer = Answer(secret: try Secret(capacity: limit + 1))
    let input = try Self.filled(input)
    let output = try FileDescriptor.pipe()
    let errors = try FileDescriptor.pipe()
    let running = try RunningProgram(
      program, [], environment: environment, input: input, output: output.second, errors: errors.second, ownGroup: true)
    // The end of what is written is seen only when nobody here could write any more.
    output.second.close()
    errors.second.close()
    var failure: SystemError?
    do throws(SystemError) {
      while try answer.take(output.first, errors.first, running, by: deadline) {}
    } catch { failure = error }
    // Before its status is taken, so that nobody else has got its number.
    try running.kill()
    let status = try running.wait()
    if let failure { throw failure }
    end = answer.cut ?? status.map(End.exited) ?? .killed
    self.errors = ByteString(answer.errors)
    secret = answer.secret
  }

  /// Hands over what it wrote.
  public consuming func takeSecret() -> Secret { secret }

  private static func filled(_ bytes: [UInt8]) throws(SystemError) -> FileDescriptor {
    let pipe = try FileDescriptor.pipe()
    try pipe.second.writeAll(bytes)
    return pipe.first
  }
}

/// What has come so far.
private struct Answer: ~Copyable {
  private static let errorLimit = 1024

  var secret: Secret
  private(set) var errors: [UInt8] = []
  /// Why no more is read.
  private(set) var cut: SecretProgram.End?
  private var (readsOutput, readsErrors) = (true, true)

  init(secret: consuming Secret) { self.secret = secret }

  /// Waits for more, and takes it.
  ///
  /// - Returns: false when there is nothing more to wait for.
  mutating func take(
    _ output: borrowing FileDescriptor, _ errors: borrowing FileDescriptor, _ running: borrowing RunningProgram,
    by deadline: Deadline
  ) throws(SystemError) -> Bool {
    var entries = [
      PollEntry(output.rawValue, readsOutput ? .input : []), PollEntry(errors.rawValue, readsErrors ? .input : []),
      PollEntry(running.handle, .input),
    ]
    let rest = try deadline.remainingMilliseconds()
    guard rest > 0, try PollEntry.wait(&entries, milliseconds: rest) else {
      cut = .late
      return false
    }
    let isReady = entries.map { !$0.ready.isEmpty }
    if isReady[0] {
      readsOutput = try secret.read(from: output) > 0
      if secret.count == secret.capacity {
        cut = .tooLong
        return false
      }
    }
    if isReady[1] {
      let text = try errors.read(atMost: 4096)
      readsErrors = !text.isEmpty
      self.errors += text.prefix(Self.errorLimit - self.errors.count)
    }
    // It has ended and the pipes are empty: whoever else holds them open is not waited for.
    return isReady[0] || isReady[1] || !isReady[2]
  }
}
