internal import Bytes
internal import Linux
internal import Policy
internal import RuntimeSpec
internal import StrictJSON

extension LaunchChannel {
  /// Takes the listener of the child's system call filter and sends it to the program that answers
  /// (config-linux, "The Container Process State").
  ///
  /// - Parameter state: The container, as that program is told of it.
  borrowing func handOverListener(
    of child: borrowing ChildProcess, to listener: SeccompListener?, _ state: State
  ) throws(ContainerError) {
    guard case .listener(let number) = try next(from: child) else { throw Self.disorder }
    guard let listener else { throw .unsuitable("seccomp: the filter asks a listener, and none is known") }
    var object: JSONObject = [
      "ociVersion": .string(state.ociVersion.text), "fds": ["seccompFd"], "pid": JSONValue(child.pid),
    ]
    object["metadata"] = listener.metadata.map { JSONValue($0) }
    object["state"] = state.json
    let message = JSONWriter.encode(.object(object))
    try step("seccomp listener \"\(listener.path)\"") { () throws(SystemError) in
      let file = try child.file(number)
      // A connection of its own for each process, closed after one message.
      let agent = try FileDescriptor.unixSocket()
      try agent.connect(to: listener.path)
      let sent = try agent.sendFirst(message, with: file)
      try agent.sendAll(Array(message[sent...]))
    }
    try step("launch socket") { () throws(SystemError) in try socket.send(.proceed) }
  }
}
