// Guarantees: what is shown is what was evaluated: the request is read from the very documents of the witness.
public import Bytes
internal import Policy
internal import RuntimeSpec
public import StrictJSON

/// A command on a node with some containers: anyone can try it.
public struct Witness: Sendable {
  /// What is asked for.
  public enum Command: Sendable {
    /// `create` with this config.json.
    case create(JSONValue)
    /// `exec` with this process.json.
    case exec(JSONValue)
    case kill(Int32)
    case pause
  }

  /// What is there.
  public struct Container: Equatable, Sendable {
    public let id: ByteString
    public let entry: ByteString
  }

  public let command: Command
  /// The id of the container that the command is about.
  public let id: ByteString
  /// The containers that run already.
  public let containers: [Container]
  let node: NodeState

  init?(_ command: Command, id: ByteString, on containers: [NodeState.Container]) {
    guard ContainerID(id) != nil else { return nil }
    (self.command, self.id, node) = (command, id, NodeState(containers: containers))
    self.containers = containers.map { Container(id: $0.id.bytes, entry: $0.entry ?? "") }
  }

  func request() throws(JSONError) -> Request {
    guard let id = ContainerID(id) else { throw JSONError(.refused("expected a container id")) }
    return switch command {
    case .create(let document):
      .create(CreateRequest(id: id, bundle: "/run/bundle", spec: try Spec(json: document)))
    case .exec(let document): .exec(ExecRequest(id: id, process: try Process(json: document)))
    case .kill(let signal): .kill(id, signal: signal, all: false)
    case .pause: .pause(id)
    }
  }

  /// The command in one line, without its document.
  public var summary: String {
    switch command {
    case .create: "create \(id) with this config.json"
    case .exec: "exec in \(id) with this process.json"
    case .kill(let signal): "kill \(id) \(signal)"
    case .pause: "pause \(id)"
    }
  }

  /// The name of the command.
  public var verb: String {
    switch command {
    case .create: "create"
    case .exec: "exec"
    case .kill: "kill"
    case .pause: "pause"
    }
  }

  /// The document of the command, where it has one.
  public var document: JSONValue? {
    switch command {
    case .create(let document), .exec(let document): document
    case .kill, .pause: nil
    }
  }
}
