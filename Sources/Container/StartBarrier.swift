internal import Bytes
internal import Linux
public import Policy

/// Where a created container waits to be started: its first process listens on a socket in its state directory. The
/// connection ends with the program's exec: silence is success.
public enum StartBarrier {
  /// How long the program may take from the barrier to its exec, in milliseconds.
  private static let patience: UInt32 = 30_000

  static let name: ByteString = "start.sock"
  /// What the process is called (proc_pid_comm(5)) until exec gives it the name of its program: so it counts as started
  /// also where `start` was killed before it could remove the socket.
  static let waitingName: ByteString = "ward-waits"

  /// Makes the socket, before the process that will wait there.
  ///
  /// - Parameter directory: The container's directory in the state; its path may be longer than a socket's may be.
  static func make(in directory: borrowing FileDescriptor) throws(SystemError) -> FileDescriptor {
    let socket = try FileDescriptor.unixSocket()
    try socket.listen(at: directory.procPath.appending(path: name))
    return socket
  }

  /// Waits for `start`, which comes from the same user as the launching process.
  ///
  /// - Parameter creator: The connection to the launching process: who it is depends on the user namespace from which
  ///   one looks.
  static func wait(on socket: borrowing FileDescriptor, for creator: borrowing FileDescriptor) throws(SystemError)
    -> FileDescriptor
  {
    let expected = try creator.peer().uid
    while true {
      let connection = try socket.accept()
      if try connection.peer().uid == expected { return connection }
    }
  }

  /// Lets a created container run its program, and waits until it does.
  ///
  /// - Throws: `alreadyStarted` where nothing waits any more; `reported` where the program cannot be executed.
  public static func open(_ id: ContainerID, in store: StateStore) throws(ContainerError) {
    let directory = try store.directory(of: id)
    let packet: [UInt8]
    do throws(SystemError) {
      let socket = try FileDescriptor.unixSocket()
      try socket.connect(to: directory.procPath.appending(path: name))
      // From here on the container counts as running: its process does not go back behind the barrier.
      do throws(SystemError) {
        try directory.remove(name)
      } catch  where error.errno == ErrorNumber.ENOENT {
        // By another `start` at the same time; which of the two the process has taken shows below.
      }
      try socket.setTimeout(milliseconds: patience)
      packet = try socket.read(atMost: LaunchReport.limit)
    } catch {
      switch error.errno {
      case ErrorNumber.ENOENT, ErrorNumber.ECONNREFUSED, ErrorNumber.ECONNRESET: throw .alreadyStarted
      default: throw .step("start", error)
      }
    }
    if packet.isEmpty { return }
    throw LaunchReport(packet: packet)?.failure
      ?? .unsuitable("the container's process sent \(packet.count) bytes that are no report")
  }
}

extension InitProcess {
  /// Waits at the barrier, where there is one.
  ///
  /// - Returns: the connection of `start`, which ends with exec.
  borrowing func waitForStart() throws(ContainerError) -> SharedFile? {
    guard let barrier else { return SharedFile?.none }
    return try step("start") { () throws(SystemError) in
      SharedFile(try StartBarrier.wait(on: barrier.descriptor, for: parent))
    }
  }
}
