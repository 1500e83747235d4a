internal import Attestation
internal import Bytes
internal import Container
internal import Linux
internal import Policy
internal import RuntimeSpec

/// `ward exec`: runs a further process in a running container.
enum ExecCommand {
  /// What runc ends with when the program did not run at all.
  private static let failure: Int32 = 255

  static let syntax = Syntax(
    "exec", "ID [COMMAND [ARGUMENT...]]", "runs a further process in a container",
    details: """
      A command runs with what config.json of the container says of its process, but for the arguments, the terminal and
      the flags here; --process takes a whole process instead, as in config.json. The policy decides on all of it.

      Without --detach the command ends as the program does, with 128 and the signal's number where a signal ended it,
      and with 255 where the program did not run at all.
      """,
    examples: [
      "ward exec web cat /proc/1/status", "ward exec --tty --env TERM=xterm web sh",
      "ward exec --process process.json --detach --pid-file /run/user/0/exec.pid web",
    ], endsAtOperand: true,
    [
      .init("process", "p", value: "FILE", help: "the process as JSON, instead of a command"),
      .init("detach", "d", help: "return when the program runs"),
      .init("ignore-paused", help: "also in a paused container"),
      .init("cgroup", value: "PATH", help: "run in a cgroup beneath the container's own: [CONTROLLER:]PATH"),
    ] + RuntimeSpec.Process.flags + LaunchFlags.ofProcess)

  static func run(_ arguments: ParsedArguments, _ options: GlobalOptions) throws(CommandError) -> Int32 {
    let id = try arguments.containerID(more: 0...Int.max - 1)
    do {
      return try run(id, arguments, options)
    } catch {
      throw CommandError(error.message, exitCode: failure)
    }
  }

  private static func run(
    _ id: ContainerID, _ arguments: ParsedArguments, _ options: GlobalOptions
  ) throws(CommandError) -> Int32 {
    let detaches = arguments.isOn("detach")
    let preserved = try LaunchFlags.preserved(arguments)
    let store = options.store
    let state = try reported { () throws(ContainerError) in try store.load(id) }
    try LaunchFlags.protect(options, preserving: preserved)
    let launchOptions = try LaunchFlags.options(arguments, preserving: preserved, waits: !detaches)
    let request = ExecRequest(
      id: id, process: try process(arguments, of: state), preservedDescriptors: Int(preserved),
      cgroups: arguments.all("cgroup"))
    let admission = try Gate(for: .exec, id).admit(
      .exec(request), request.process.json, on: id, in: store)
    let admitted = admission.state
    do {
      let exec = try store.exec(
        admission.plan, admitted, options: launchOptions, ignorePaused: arguments.isOn("ignore-paused"))
      guard detaches else { return try exec.run().code }
      try exec.runDetached()
    } catch {
      throw CommandError(error)
    }
    return 0
  }

  /// The process that was asked for, whole, with every flag applied.
  private static func process(
    _ arguments: ParsedArguments, of state: ContainerState
  ) throws(CommandError) -> RuntimeSpec.Process {
    let command = Array(arguments.operands.dropFirst())
    var process: RuntimeSpec.Process
    if let file = arguments.value("process") {
      guard command.isEmpty else { throw CommandError("exec: either --process or a command, not both") }
      process = try Document.process(at: file)
    } else {
      guard !command.isEmpty else {
        throw CommandError("process args cannot be empty: expected a command or --process")
      }
      // As with runc, a command runs like the container's own process, but without its terminal. What the bundle says
      // by now is as little trusted as any file of the caller.
      guard let first = try Document.spec(in: Bundle.open(state.bundle)).value.process else {
        throw CommandError("exec: config.json of the container has no process; use --process")
      }
      process = first
      process.args = command
      process.terminal = false
    }
    try process.apply(arguments)
    try process.announceListenDescriptors()
    return process
  }
}
