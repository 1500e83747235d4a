internal import Bytes
internal import Container
internal import Linux

/// What `create`, `run` and `exec` have in common.
enum LaunchFlags {
  /// How many descriptors a caller may pass on: the usual soft limit of open files, without the standard streams.
  static let preservable: ClosedRange<Int32> = 0...1021

  static let ofProcess: [Syntax.Flag] = [
    .init("console-socket", value: "SOCKET", help: "send the master of the terminal to a UNIX socket"),
    .init("pid-file", value: "FILE", help: "write the pid of the process to a file"),
    .init("preserve-fds", value: "N", help: "pass on N descriptors from 3 upward"),
    PidfdSocket.flag,
    .init("no-subreaper", help: "orphans of the container do not become children of this command"),
    .help,
  ]

  static let ofContainer: [Syntax.Flag] =
    [
      .init("bundle", "b", value: "DIR", help: "directory with config.json; the current one without this"),
      .init("no-pivot", help: "refused: without pivot_root, the node's files would stay in reach"),
      .init("no-new-keyring", help: "accepted: no container shares a keyring"),
    ] + ofProcess

  /// Makes sure that this process can enter a container; it may execute itself once more.
  static func protect(_ options: GlobalOptions, preserving preserved: Int32) throws(CommandError) {
    try reported { () throws(ContainerError) in
      try SelfProtection.ensure(options.arguments, keeping: ListenDescriptors.variables + [NotifySocket.variable])
    }
    // CVE-2024-21626: what the caller left open ends here, unless it is named by --preserve-fds.
    try reported { () throws(SystemError) in try FileDescriptor.closeOnExec(from: 3 + preserved) }
  }

  /// How many descriptors from 3 upward the program is to inherit: first those of LISTEN_FDS, then further ones.
  static func preserved(_ arguments: ParsedArguments) throws(CommandError) -> Int32 {
    let further = try arguments.number("preserve-fds", as: Int32.self) ?? 0
    guard preservable.contains(further) else {
      throw CommandError("--preserve-fds: expected a number up to \(preservable.upperBound), found \(further)")
    }
    return try ListenDescriptors.count() + further
  }

  /// The options that do not change what runs.
  ///
  /// - Parameter waits: Whether the command waits for the program, and can relay its terminal.
  static func options(
    _ arguments: ParsedArguments, preserving preserved: Int32, waits: Bool, notify: NotifySocket? = nil
  ) throws(CommandError) -> LaunchOptions {
    LaunchOptions(
      pidFile: arguments.value("pid-file"), terminal: try terminal(arguments, waits: waits),
      handleSocket: try PidfdSocket.connect(arguments), notify: notify, preservedDescriptors: preserved,
      adoptsOrphans: !arguments.isOn("no-subreaper"))
  }

  private static func terminal(_ arguments: ParsedArguments, waits: Bool) throws(CommandError) -> TerminalReceiver {
    if let socket = arguments.value("console-socket") { return .socket(socket) }
    guard waits else { return .nobody("cannot allocate tty if ward will detach without setting console socket") }
    if let relay = try reported({ () throws(SystemError) in try TerminalRelay.ofStandardStreams() }) {
      return .relay(relay)
    }
    return .nobody("cannot allocate tty: neither a console socket is given nor is a standard stream a terminal")
  }
}
