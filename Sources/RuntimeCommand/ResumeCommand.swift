internal import Attestation
internal import Container
internal import Policy

/// `ward resume`: lets the processes of a paused container go on.
enum ResumeCommand {
  static let syntax = Syntax(
    "resume", "ID", "lets the processes of a paused container go on",
    details: "An enforcing policy admits it only for a container whose entry has `pause: allow`.",
    examples: ["ward resume web"], [.help])

  static func run(_ arguments: ParsedArguments, _ options: GlobalOptions) throws(CommandError) -> Int32 {
    let id = try arguments.containerID()
    let store = options.store
    _ = try reported { () throws(ContainerError) in try store.load(id) }
    let admission = try Gate(for: .resume, id).admit(.resume(id), on: id, in: store)
    let state = admission.state
    do { try store.resume(admission.plan, state) } catch { throw CommandError(error) }
    return 0
  }
}
