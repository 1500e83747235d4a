internal import Bytes
internal import Linux
internal import RuntimeSpec

/// Sockets that the caller has opened for the program (sd_listen_fds(3)): descriptors from 3 upward, told by variables.
enum ListenDescriptors {
  /// The variables that tell of them, which an own exec must keep.
  static let variables: [ByteString] = ["LISTEN_FDS", "LISTEN_PID"]

  /// How many there are: none where the variables are another process's.
  static func count() throws(CommandError) -> Int32 {
    guard let text = CurrentProcess.variable("LISTEN_FDS"), let owner = CurrentProcess.variable("LISTEN_PID"),
      Int32(decimal: owner) == CurrentProcess.pid
    else { return 0 }
    guard let count = Int32(decimal: text), LaunchFlags.preservable.contains(count) else {
      throw CommandError("LISTEN_FDS: expected a number up to \(LaunchFlags.preservable.upperBound), found \"\(text)\"")
    }
    return count
  }
}

extension RuntimeSpec.Process {
  /// Tells the program of them: a container's first process is its number 1.
  mutating func announceListenDescriptors() throws(CommandError) {
    let count = try ListenDescriptors.count()
    if count > 0 { env = (env ?? []) + [ByteString("LISTEN_FDS=\(count)"), "LISTEN_PID=1"] }
  }
}
