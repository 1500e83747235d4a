internal import Attestation
internal import Container
internal import Policy

/// `ward start`: lets the program of a created container run.
enum StartCommand {
  static let syntax = Syntax(
    "start", "ID", "lets the program of a created container run", examples: ["ward start web"], [.help])

  static func run(_ arguments: ParsedArguments, _ options: GlobalOptions) throws(CommandError) -> Int32 {
    let id = try arguments.containerID()
    let store = options.store
    _ = try reported { () throws(ContainerError) in try store.load(id) }
    let gate = try Gate(for: .start, id)
    let admission = try gate.admit(.start(id), on: id, in: store)
    let state = admission.state
    do { try store.start(admission.plan, state, gate.configuration) } catch { throw CommandError(error) }
    return 0
  }
}
