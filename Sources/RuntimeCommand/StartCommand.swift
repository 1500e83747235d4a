internal import Attestation
internal import Container
internal import Linux
internal import Policy

/// `ward start`: lets the program of a created container run.
enum StartCommand {
  static let syntax = Syntax(
    "start", "ID", "lets the program of a created container run",
    details: """
      With NOTIFY_SOCKET in the environment, here and of create, the command returns when the program has said that it is
      ready (sd_notify), and tells the caller's service manager so.
      """,
    examples: ["ward start web"], [.help])

  static func run(_ arguments: ParsedArguments, _ options: GlobalOptions) throws(CommandError) -> Int32 {
    let id = try arguments.containerID()
    let store = options.store
    _ = try reported { () throws(ContainerError) in try store.load(id) }
    let gate = try Gate(for: .start, id)
    let admission = try gate.admit(.start(id), on: id, in: store)
    let state = admission.state
    let notify = try reported { () throws(SystemError) in try NotifySocket.ofEnvironment() }
    do {
      try store.start(admission.plan, state, gate.configuration, notifying: notify)
    } catch {
      throw CommandError(error)
    }
    return 0
  }
}
