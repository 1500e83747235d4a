internal import Attestation
internal import Bytes
internal import Container
internal import Policy

/// `ward kill`: sends a signal.
enum KillCommand {
  static let syntax = Syntax(
    "kill", "ID [SIGNAL]", "sends a signal, TERM without one, to a container's first process",
    details: """
      The signal is a name such as TERM, SIGTERM or RTMIN+1, or a number; 0 only asks whether the process is there. A
      paused container goes on after KILL, so that the signal reaches it.
      """,
    examples: ["ward kill web", "ward kill --all web KILL"],
    [
      .init("all", "a", help: "send it to every process of the container"),
      .help,
    ])

  static func run(_ arguments: ParsedArguments, _ options: GlobalOptions) throws(CommandError) -> Int32 {
    let id = try arguments.containerID(more: 0...1)
    let store = options.store
    _ = try reported { () throws(ContainerError) in try store.load(id) }
    let signal = try arguments.operands.dropFirst().first.map(SignalNumber.parse) ?? SignalNumber.term
    let request = Request.kill(id, signal: signal, all: arguments.isOn("all"))
    let admission = try Gate(for: .kill, id).admit(request, on: id, in: store)
    let state = admission.state
    do { try store.kill(admission.plan, state) } catch { throw CommandError(error) }
    return 0
  }
}
