internal import Attestation
internal import Bytes
internal import Container
internal import Policy

/// `ward delete`: removes a container that has ended, or with `--force` any.
enum DeleteCommand {
  static let syntax = Syntax(
    "delete", "ID", "removes a container and everything of it",
    details: """
      The container must have stopped, or must never have been started. Mounts, scratch, cgroups and the state go;
      images stay open only where the node's configuration says so.
      """,
    examples: ["ward delete web", "ward delete --force web"],
    [
      .init("force", "f", help: "end it first if it runs; no error if there is no such container"),
      .help,
    ])

  static func run(_ arguments: ParsedArguments, _ options: GlobalOptions) throws(CommandError) -> Int32 {
    let id = try arguments.containerID()
    let force = arguments.isOn("force")
    let store = options.store
    do throws(ContainerError) {
      _ = try store.load(id)
    } catch {
      // The shim of containerd always asks for a container that is gone.
      if error == .doesNotExist && force { return 0 }
      throw CommandError(error)
    }
    let gate = try Gate(for: .delete, id)
    let admission = try gate.admit(.delete(id, force: force), on: id, in: store)
    let state = admission.state
    do { try store.delete(admission.plan, state, gate.configuration) } catch { throw CommandError(error) }
    return 0
  }
}
