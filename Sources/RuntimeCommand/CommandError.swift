internal import Bytes
internal import Linux

/// Why a command ended: one line for the caller, and the exit code.
struct CommandError: Error, Equatable {
  let message: String
  let exitCode: Int32

  /// Most failures end with 1, as runc's do.
  init(_ message: String, exitCode: Int32 = 1) { (self.message, self.exitCode) = (message, exitCode) }

  /// A failure that another module describes.
  init(_ error: some Error & CustomStringConvertible, exitCode: Int32 = 1) {
    self.init(error.description, exitCode: exitCode)
  }
}

/// Runs what another module does, and takes its failure as the command's.
func reported<Value: ~Copyable, Failure: Error & CustomStringConvertible>(
  _ body: () throws(Failure) -> Value
) throws(CommandError) -> Value {
  do { return try body() } catch { throw CommandError(error) }
}
