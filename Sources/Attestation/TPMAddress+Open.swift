public import Linux
public import NodeConfiguration

extension TPMAddress {
  /// Whether a response comes in parts, as its size tells, and not in one read.
  public var isStream: Bool {
    switch self {
    case .device: false
    case .unixSocket, .loopback: true
    }
  }

  /// Opens the TPM for one command after another; connecting and sending take no longer than so many milliseconds.
  public func open(milliseconds: UInt32) throws(SystemError) -> FileDescriptor {
    switch self {
    case .device(let path):
      // Non-blocking: the driver then works on a command while `poll` waits for the response.
      return try FileDescriptor.open(path, [.readWrite, .nonBlocking, .noControllingTerminal])
    case .unixSocket(let path):
      let socket = try FileDescriptor.unixSocket()
      // A listener that accepts nothing and whose queue is full would hold up the connection itself.
      try socket.setTimeout(milliseconds: milliseconds)
      try socket.connect(to: path)
      return socket
    case .loopback(let port):
      let socket = try FileDescriptor.tcpSocket()
      try socket.setTimeout(milliseconds: milliseconds)
      try socket.connect(to: 0x7F00_0001, port: port)
      return socket
    }
  }
}
