internal import Bytes
internal import Container
internal import NodeConfiguration
internal import Policy
internal import RuntimeSpec
internal import StrictJSON

/// `ward state`: what a container is and does now, as the specification says.
enum StateCommand {
  static let syntax = Syntax(
    "state", "ID", "prints the state of a container as JSON",
    details: """
      The form is that of the specification, with the root's directory and the time of creation. It says nothing of what
      runs inside.
      """,
    examples: ["ward state web | jq --raw-output .status"], [.help])

  static func run(_ arguments: ParsedArguments, _ options: GlobalOptions) throws(CommandError) -> Int32 {
    let id = try arguments.containerID()
    let store = options.store
    let (state, status) = try reported { () throws(ContainerError) in
      let state = try store.load(id)
      return (state, try store.status(of: state))
    }
    let json = JSONWriter.encodePretty(state.specification(status).json)
    return Output.write(json, to: .output) ? 0 : 1
  }
}

extension ContainerState {
  /// The state in the form of the specification, with runc's additions.
  func specification(_ status: NodeState.Status, owner: ByteString = "") -> State {
    var state = State(
      id: id.bytes, status: ContainerStatus(status), pid: status == .stopped ? 0 : process?.pid ?? 0, bundle: bundle)
    state.rootfs = rootfs
    state.created = created
    state.owner = owner
    state.annotations = annotations.isEmpty ? nil : annotations
    return state
  }
}

extension ContainerStatus {
  fileprivate init(_ status: NodeState.Status) {
    self =
      switch status {
      case .creating: .creating
      case .created: .created
      case .running: .running
      case .paused: .paused
      case .stopped: .stopped
      }
  }
}

extension GlobalOptions {
  /// The states of this node's containers, as seen with the given `--root`.
  var store: StateStore { StateStore(run: NodePaths.run, root: root, warn: log.warn) }
}

extension ParsedArguments {
  /// The only operand of most verbs.
  func containerID(more: ClosedRange<Int> = 0...0) throws(CommandError) -> ContainerID {
    guard let first = operands.first else { throw CommandError("container id cannot be empty") }
    guard more.contains(operands.count - 1) else {
      throw CommandError("expected \(more.upperBound + 1) operands at most, found \(operands.count)")
    }
    guard let id = ContainerID(first) else { throw CommandError("invalid container ID format: \"\(first)\"") }
    return id
  }
}

extension Syntax.Flag {
  /// Every verb has it.
  static let help = Syntax.Flag("help", "h", help: "print this")
}
