internal import Bytes
internal import Container
internal import Linux

/// `--pidfd-socket`: hands the caller a handle of the new process.
enum PidfdSocket {
  static let flag = Syntax.Flag("pidfd-socket", value: "SOCKET", help: "send a pidfd of the process to a UNIX socket")

  /// Connects to the socket, before anything is made.
  static func connect(_ arguments: ParsedArguments) throws(CommandError) -> FileDescriptor? {
    guard let path = arguments.value(flag.name) else { return nil }
    return try reported { () throws(SystemError) in
      let socket = try FileDescriptor.unixSocket()
      try socket.connect(to: path)
      return socket
    }
  }

  /// Sends the handle of a process that may have ended by now: then there is nothing to send.
  static func send(_ process: ProcessIdentity?, over socket: borrowing FileDescriptor?) throws(SystemError) {
    guard let handle = try process?.open() else { return }
    switch socket {
    case .some(let socket): try socket.send(Array("pidfd".utf8), with: handle)
    case .none: return
    }
  }
}
