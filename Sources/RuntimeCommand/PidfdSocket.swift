internal import Bytes
internal import Linux

/// `--pidfd-socket`: hands the caller a handle of the new process.
enum PidfdSocket {
  static let flag = Syntax.Flag("pidfd-socket", value: "SOCKET", help: "send a pidfd of the process to a UNIX socket")

  /// Connects to the socket, before anything is made.
  static func connect(_ arguments: ParsedArguments) throws(CommandError) -> SharedFile? {
    guard let path = arguments.value(flag.name) else { return nil }
    return try reported { () throws(SystemError) in
      let socket = try FileDescriptor.unixSocket()
      try socket.connect(to: path)
      return SharedFile(socket)
    }
  }
}
