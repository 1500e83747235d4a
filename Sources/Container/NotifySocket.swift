public import Bytes
public import Linux
public import Policy

/// The socket over which a container's program tells that it is ready (sd_notify(3)), and the caller's, to which that is
/// told on. Nothing that the program writes is passed on but the fact.
public struct NotifySocket: Sendable {
  /// Where the program finds the directory of its socket.
  public static let directory: ByteString = "/run/notify"
  /// The variable that names the socket, for a program as for this command.
  public static let variable: ByteString = "NOTIFY_SOCKET"

  private static let name: ByteString = "notify.sock"
  /// How long the caller gets to take note, in milliseconds (`BARRIER=1` of sd_notify(3)).
  private static let patience: Int32 = 5000

  /// The path of the socket in the container.
  public static var path: ByteString { directory.appending(path: name) }

  /// Of the caller; an abstract address begins with NUL.
  private let address: ByteString
  /// The program's, without a place until it is about to run.
  private let socket: SharedFile

  /// The socket that this command's environment names; nil where it names none.
  ///
  /// - Throws: EINVAL for what is neither a path nor an abstract address.
  public static func ofEnvironment() throws(SystemError) -> NotifySocket? {
    guard let value = CurrentProcess.variable(variable), let first = value.bytes.first else { return nil }
    switch first {
    case UInt8(ascii: "/"): return NotifySocket(address: value, socket: SharedFile(try .unixDatagramSocket()))
    case UInt8(ascii: "@"):
      return NotifySocket(
        address: ByteString([0] + value.bytes.dropFirst()), socket: SharedFile(try .unixDatagramSocket()))
    case _: throw SystemError(call: variable.description, errno: ErrorNumber.EINVAL, object: value)
    }
  }

  /// Makes the directory that the container is given, and for a program that runs at once the socket.
  func prepare(_ store: StateStore, _ id: ContainerID, binds: Bool) throws(ContainerError) {
    let directory = try store.directory(of: id)
    try step("notify socket") { () throws(SystemError) in
      try directory.makeDirectory("notify", mode: 0o755)
      let place = try directory.open("notify", [.readOnly, .directory, .noFollow], resolve: .beneath)
      // Whatever the umask: any user of the container may go there.
      try place.setPermissions(0o755)
      if binds { try bind(in: place) }
    }
  }

  /// Gives the socket its place, where the container was made with one; false where not.
  func bind(_ store: StateStore, _ id: ContainerID) throws(ContainerError) -> Bool {
    let directory = try store.directory(of: id)
    return try step("notify socket") { () throws(SystemError) in
      do throws(SystemError) {
        try bind(in: try directory.open("notify", [.readOnly, .directory, .noFollow], resolve: .beneath))
        return true
      } catch  where error.errno == ErrorNumber.ENOENT {
        return false
      }
    }
  }

  private func bind(in place: borrowing FileDescriptor) throws(SystemError) {
    do {
      // Of a start that failed.
      try place.remove(Self.name)
    } catch  where error.errno == ErrorNumber.ENOENT {
      // The usual case.
    }
    // Any user of the container may write.
    CurrentProcess.setUmask(0)
    try socket.descriptor.bind(to: place.procPath.appending(path: Self.name))
    CurrentProcess.setUmask(0o077)
  }

  /// Waits until the program is ready, or has ended, and tells the caller of the first.
  func relay(of pid: Int32, _ handle: borrowing FileDescriptor) throws(SystemError) {
    while true {
      var entries = [PollEntry(socket.descriptor.rawValue, .input), PollEntry(handle.rawValue, .input)]
      _ = try PollEntry.wait(&entries, milliseconds: -1)
      if !entries[0].ready.isEmpty {
        if try isReady() { return try tell(mainPID: pid) }
      } else if !entries[1].ready.isEmpty {
        return
      }
    }
  }

  /// The same for a command that stays with the program: it is then the main process of its service, and passes signals
  /// on meanwhile.
  ///
  /// - Returns: how the program ended, where it did.
  func relayPassingSignals(_ child: borrowing ChildProcess) throws(SystemError) -> ExitStatus? {
    let signals = try CurrentProcess.signalFile()
    while true {
      var entries = [PollEntry(socket.descriptor.rawValue, .input), PollEntry(signals.rawValue, .input)]
      _ = try PollEntry.wait(&entries, milliseconds: -1)
      if !entries[0].ready.isEmpty, try isReady() {
        try tell(mainPID: CurrentProcess.pid)
        return nil
      }
      if !entries[1].ready.isEmpty, let status = try child.take(try CurrentProcess.nextSignal(of: signals)) {
        return status
      }
    }
  }

  private func isReady() throws(SystemError) -> Bool {
    let lines = ByteString(try socket.descriptor.read(atMost: 4096)).split(UInt8(ascii: "\n"))
    return lines.contains("READY=1")
  }

  private func tell(mainPID: Int32) throws(SystemError) {
    let caller = try FileDescriptor.unixDatagramSocket()
    try caller.connect(to: address)
    for line in ["READY=1\n", "MAINPID=\(mainPID)\n"] { try caller.writeAll(Array(line.utf8)) }
    // systemd asks who the sender is: this process must not end before that.
    try FileDescriptor.pipe().split { (reader, writer) throws(SystemError) in
      try caller.send(Array("BARRIER=1".utf8), with: writer)
      writer.close()
      var entries = [PollEntry(reader.rawValue, .input)]
      _ = try PollEntry.wait(&entries, milliseconds: Self.patience)
    }
  }
}

extension StateStore {
  /// Where the directory of a container's notify socket lies on the node.
  public func notifyDirectory(of id: ContainerID) -> ByteString {
    run.appending(path: "containers").appending(path: id.bytes).appending(path: "notify")
  }
}
