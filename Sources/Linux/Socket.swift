public import Bytes
internal import CLinux

/// What came over a UNIX socket: bytes, and perhaps a descriptor.
public struct ReceivedPacket: ~Copyable, Sendable {
  public let bytes: [UInt8]
  public var file: FileDescriptor?
}

extension FileDescriptor {
  /// Both ends of a connection inside this process family; packets keep their borders (SOCK_SEQPACKET).
  public static func packetPair() throws(SystemError) -> DescriptorPair {
    var ends: [Int32] = [-1, -1]
    try check(
      unsafe clinux_socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue) | O_CLOEXEC, &ends), "socketpair", "")
    return DescriptorPair(first: FileDescriptor(owning: ends[0]), second: FileDescriptor(owning: ends[1]))
  }

  /// An unconnected UNIX stream socket.
  public static func unixSocket() throws(SystemError) -> FileDescriptor {
    let type = Int32(SOCK_STREAM.rawValue) | O_CLOEXEC
    return FileDescriptor(owning: Int32(try check(clinux_socket(AF_UNIX, type, 0), "socket", "unix")))
  }

  /// An unconnected UNIX datagram socket.
  public static func unixDatagramSocket() throws(SystemError) -> FileDescriptor {
    let type = Int32(SOCK_DGRAM.rawValue) | O_CLOEXEC
    return FileDescriptor(owning: Int32(try check(clinux_socket(AF_UNIX, type, 0), "socket", "unix")))
  }

  /// An unconnected TCP socket over IPv4.
  public static func tcpSocket() throws(SystemError) -> FileDescriptor {
    let type = Int32(SOCK_STREAM.rawValue) | O_CLOEXEC
    return FileDescriptor(owning: Int32(try check(clinux_socket(AF_INET, type, 0), "socket", "tcp")))
  }

  /// An unconnected stream socket to the host or to another virtual machine (vsock(7)).
  public static func vsockSocket() throws(SystemError) -> FileDescriptor {
    let type = Int32(SOCK_STREAM.rawValue) | O_CLOEXEC
    return FileDescriptor(owning: Int32(try check(clinux_socket(AF_VSOCK, type, 0), "socket", "vsock")))
  }

  /// Connects a vsock socket to a port of a context: 2 is the host.
  public borrowing func connect(toContext cid: UInt32, port: UInt32) throws(SystemError) {
    let number = rawValue
    try retrying("connect", ByteString("vsock:\(cid):\(port)")) { clinux_vsock_connect(number, cid, port) }
  }

  /// Gives a UNIX socket a path of at most 107 bytes, and lets others connect.
  public borrowing func listen(at path: ByteString, backlog: Int32 = 1) throws(SystemError) {
    try bind(to: path)
    try check(clinux_listen(rawValue, backlog), "listen", path)
  }

  /// Gives a UNIX socket a path of at most 107 bytes.
  public borrowing func bind(to path: ByteString) throws(SystemError) {
    let number = rawValue
    let result = unsafe path.bytes.withUnsafeBytes { unsafe clinux_unix_bind(number, $0.baseAddress, $0.count) }
    try check(result, "bind", path)
  }

  /// Connects a UNIX socket to a path.
  public borrowing func connect(to path: ByteString) throws(SystemError) {
    let number = rawValue
    try retrying("connect", path) {
      unsafe path.bytes.withUnsafeBytes { unsafe clinux_unix_connect(number, $0.baseAddress, $0.count) }
    }
  }

  /// Connects a TCP socket; the IPv4 address is in host byte order.
  public borrowing func connect(to address: UInt32, port: UInt16) throws(SystemError) {
    let number = rawValue
    try retrying("connect", ByteString("port \(port)")) { clinux_tcp_connect(number, address, port) }
  }

  /// Waits for the next connection.
  public borrowing func accept() throws(SystemError) -> FileDescriptor {
    let number = rawValue
    return FileDescriptor(owning: Int32(try retrying("accept4", name) { clinux_accept(number, O_CLOEXEC) }))
  }

  /// Who is at the other end of a UNIX connection, as the kernel saw it when the connection was made.
  public borrowing func peer() throws(SystemError) -> (pid: Int32, uid: UInt32, gid: UInt32) {
    var (pid, uid, gid): (Int32, UInt32, UInt32) = (0, 0, 0)
    try check(unsafe clinux_peer_credentials(rawValue, &pid, &uid, &gid), "getsockopt SO_PEERCRED", name)
    return (pid, uid, gid)
  }

  /// Bounds every later read and write; afterwards they fail with EAGAIN.
  public borrowing func setTimeout(milliseconds: UInt32) throws(SystemError) {
    try check(clinux_socket_timeout(rawValue, milliseconds), "setsockopt", name)
  }

  /// Sends bytes together with a descriptor (SCM_RIGHTS).
  public borrowing func send(_ bytes: [UInt8], with file: borrowing FileDescriptor) throws(SystemError) {
    _ = try sendFirst(bytes, with: file)
  }

  /// Sends as many of the bytes as there is room for, together with a descriptor.
  ///
  /// - Returns: how many; the rest is for `sendAll`.
  public borrowing func sendFirst(
    _ bytes: [UInt8], with file: borrowing FileDescriptor
  ) throws(SystemError) -> Int {
    let (socket, number) = (rawValue, file.rawValue)
    return try retrying("sendmsg", name) {
      unsafe bytes.withUnsafeBytes {
        unsafe clinux_send_with_descriptor(socket, $0.baseAddress, $0.count, number)
      }
    }
  }

  /// Receives at most `count` bytes, and the descriptor that came with them.
  public borrowing func receive(atMost count: Int) throws(SystemError) -> ReceivedPacket {
    var buffer = [UInt8](repeating: 0, count: count)
    var file: Int32 = -1
    let number = rawValue
    let length = try retrying("recvmsg", name) {
      unsafe buffer.withUnsafeMutableBytes {
        unsafe clinux_receive_with_descriptor(number, $0.baseAddress, $0.count, &file)
      }
    }
    buffer.removeSubrange(length...)
    return ReceivedPacket(bytes: buffer, file: file < 0 ? nil : FileDescriptor(owning: file))
  }
}
