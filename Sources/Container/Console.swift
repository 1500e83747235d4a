internal import Bytes
internal import Linux
internal import Policy

/// A pseudo-terminal of the container: the program gets one end, the caller the other.
enum Console {
  /// Makes a terminal in an instance of devpts, and hands the master to the caller.
  ///
  /// Both ends are reached through descriptors alone: a name in the container's `/dev` could be a link by now
  /// (CVE-2025-52565).
  /// - Parameters:
  ///   - devpts: The top of the container's devpts.
  ///   - socket: A connection to the caller's console socket.
  /// - Returns: the program's end.
  static func open(
    in devpts: borrowing FileDescriptor, for process: ProcessPlan, handingMasterTo socket: borrowing FileDescriptor
  ) throws(SystemError) -> FileDescriptor {
    guard try devpts.fileSystem().magic == FileSystemMagic.devpts else {
      throw SystemError(call: "fstatfs", errno: ErrorNumber.ENODEV, object: "/dev/pts is no devpts")
    }
    let master = try devpts.open(
      "ptmx", [.readWrite, .noControllingTerminal, .noFollow], resolve: [.beneath, .noSymlinks, .noCrossDevice])
    let number = try master.unlockTerminal()
    let terminal = try master.openTerminalPeer()
    if let size = process.consoleSize { try terminal.setWindowSize(rows: size.rows, columns: size.columns) }
    // The group stays that of the devpts mount, which is `tty`.
    try terminal.setOwner(uid: process.uid, gid: try terminal.status().gid)
    // go-runc and conmon want a name that is not empty.
    try socket.send(ByteString("/dev/pts/\(number)").bytes, with: master)
    return terminal
  }

  /// Connects to the caller's console socket, by a path of at most 107 bytes.
  static func connect(to path: ByteString) throws(ContainerError) -> FileDescriptor {
    try step("console socket \"\(path)\"") { () throws(SystemError) in
      let socket = try FileDescriptor.unixSocket()
      try socket.connect(to: path)
      return socket
    }
  }
}
