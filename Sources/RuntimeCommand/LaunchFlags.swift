internal import Bytes
internal import Container
internal import Linux

/// What `create`, `run` and `exec` have in common.
enum LaunchFlags {
  /// How many descriptors a caller may pass on: the usual soft limit of open files, without the standard streams.
  private static let preservable: ClosedRange<Int32> = 0...1021

  static let ofProcess: [Syntax.Flag] = [
    .init("console-socket", value: "SOCKET", help: "send the master of the terminal to a UNIX socket"),
    .init("pid-file", value: "FILE", help: "write the pid of the process to a file"),
    .init("preserve-fds", value: "N", help: "pass on N descriptors from 3 upward"),
    .init("no-subreaper", help: "accepted: orphans are waited for only as far as needed"),
    .help,
  ]

  static let ofContainer: [Syntax.Flag] =
    [
      .init("bundle", "b", value: "DIR", help: "directory with config.json; the current one without this"),
      .init("no-pivot", help: "refused: without pivot_root, the node's files would stay in reach"),
      PidfdSocket.flag,
      .init("no-new-keyring", help: "accepted: no container shares a keyring"),
    ] + ofProcess

  /// Makes sure that this process can enter a container; it may execute itself once more.
  static func protect(_ options: GlobalOptions, preserving preserved: Int32) throws(CommandError) {
    try reported { () throws(ContainerError) in try SelfProtection.ensure(options.arguments) }
    // CVE-2024-21626: what the caller left open ends here, unless it is named by --preserve-fds.
    try reported { () throws(SystemError) in try FileDescriptor.closeOnExec(from: 3 + preserved) }
  }

  /// The options that do not change what runs.
  static func options(_ arguments: ParsedArguments) throws(CommandError) -> LaunchOptions {
    let preserved = try arguments.number("preserve-fds", as: Int32.self) ?? 0
    guard preservable.contains(preserved) else {
      throw CommandError("--preserve-fds: expected a number up to \(preservable.upperBound), found \(preserved)")
    }
    return LaunchOptions(
      pidFile: arguments.value("pid-file"), consoleSocket: arguments.value("console-socket"),
      preservedDescriptors: preserved)
  }
}
