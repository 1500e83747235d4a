internal import Attestation
internal import Container
internal import Policy

/// `ward pause`: stops all processes of a container until `resume`.
enum PauseCommand {
  static let syntax = Syntax(
    "pause", "ID", "stops all processes of a container until it is resumed",
    details: """
      The kernel's freezer holds them up; those that do not stop within seconds are named, and all go on. An enforcing
      policy admits it only for a container whose entry has `pause: allow`.
      """,
    examples: ["ward pause web"], [.help])

  static func run(_ arguments: ParsedArguments, _ options: GlobalOptions) throws(CommandError) -> Int32 {
    let id = try arguments.containerID()
    let store = options.store
    _ = try reported { () throws(ContainerError) in try store.load(id) }
    let admission = try Gate(for: .pause, id).admit(.pause(id), on: id, in: store)
    let state = admission.state
    do { try store.pause(admission.plan, state) } catch { throw CommandError(error) }
    return 0
  }
}
