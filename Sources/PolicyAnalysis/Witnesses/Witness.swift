// Guarantees: what is shown is what was evaluated: the request is read from the very documents of the trial.
public import Bytes
internal import Policy
internal import RuntimeSpec
public import StrictJSON

/// A command on a node with some containers: anyone can try it.
public struct Witness: Sendable {
  /// What is there.
  public struct Container: Equatable, Sendable {
    public let id: ByteString
    public let entry: ByteString
  }

  let trial: Trial

  init?(_ command: Trial.Command, id: ByteString, on node: NodeState) {
    guard let id = ContainerID(id) else { return nil }
    trial = Trial(command, id: id, on: node)
  }

  /// What is asked for.
  public var command: Trial.Command { trial.command }
  /// The id of the container that the command is about.
  public var id: ByteString { trial.id }
  /// The containers that run already.
  public var containers: [Container] {
    node.containers.map { Container(id: $0.id.bytes, entry: $0.entry ?? "") }
  }
  /// How many containers of an entry were launched before, where that is bounded.
  public var launches: [ByteString: UInt64] { node.launches }
  var node: NodeState { trial.node }

  func request() throws(JSONError) -> Request { try trial.request() }

  /// The command in one line, without its document.
  public var summary: String {
    switch command {
    case .create: "create \(id) with this config.json"
    case .exec: "exec in \(id) with this process.json"
    case .update: "update \(id) with these resources"
    case .kill(let signal): "kill \(id) \(signal)"
    case .start, .pause, .resume, .delete: "\(command.verb) \(id)"
    }
  }

  /// The document of the command, where it has one.
  public var document: JSONValue? {
    switch command {
    case .create(let document), .exec(let document), .update(let document): document
    case .start, .kill, .pause, .resume, .delete: nil
    }
  }
}
