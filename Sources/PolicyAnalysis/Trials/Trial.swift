// Guarantees: what a trial tells is `Policy.explain`, whose first part is the decision that the runtime takes.
public import Bytes
public import Policy
internal import RuntimeSpec
public import StrictJSON

/// A command on a node that is described in a few words: for explanations and for cases.
public struct Trial: Sendable {
  /// What is asked for.
  public enum Command: Equatable, Sendable {
    /// With this config.json.
    case create(JSONValue)
    /// With this process.json.
    case exec(JSONValue)
    /// With these resources, as in config.json.
    case update(JSONValue)
    case start
    case kill(Int32)
    case pause
    case resume
    case delete
  }

  public let command: Command
  private let container: ContainerID
  let node: NodeState

  /// The id of the container. For `create` the last part of the cgroup path where none is given.
  public var id: ByteString { container.bytes }

  init(_ command: Command, id: ContainerID, on node: NodeState) {
    (self.command, container, self.node) = (command, id, node)
  }

  /// Describes a command and its node. A sandbox that config.json calls by `/proc/PID/ns` runs.
  ///
  /// - Parameters:
  ///   - entry: of the container that is there already; `create` has none.
  ///   - running: entries of which a container runs besides, in the same pod.
  ///   - names: what the policy's names stand for in the container that is there already, such as `pod.name`; for `create`
  ///     in its sandbox.
  ///   - launched: how many containers of an entry were launched before, in the same pod or on the node.
  public init(
    _ command: Command, id: ByteString? = nil, entry: ByteString? = nil, running: [ByteString] = [],
    names: [ByteString: ByteString] = [:], launched: [ByteString: UInt64] = [:]
  ) throws(JSONError) {
    let text = id ?? command.likelyID ?? "container"
    guard let checked = ContainerID(text) else { throw .value(expected: "a container id", found: text) }
    let sandbox = command.sandbox
    var bindings = names.filter { Bindings.isShared($0.key) }
    if let sandbox { bindings["sandbox.id"] = sandbox.id }
    var containers: [NodeState.Container] = []
    if let sandbox, let id = ContainerID(sandbox.id) {
      containers.append(
        NodeState.Container(
          id: id, entry: Policy.sandboxName, bindings: bindings, status: .running, pid: sandbox.pid, launches: launched)
      )
    }
    for (index, name) in running.enumerated() {
      guard let id = ContainerID(ByteString("running-\(index)")) else { continue }
      containers.append(
        NodeState.Container(id: id, entry: name, bindings: bindings, status: .running, pid: nil))
    }
    switch command {
    case .create:
      guard entry == nil else { throw JSONError(.refused("expected no entry: create is held against each")) }
    case .start, .exec, .update, .kill, .pause, .resume, .delete:
      guard let entry else { throw JSONError(.refused("expected the entry of the container")) }
      containers.append(
        NodeState.Container(
          id: checked, entry: entry, bindings: names.merging(["container.id": checked.bytes]) { $1 },
          status: command == .start ? .created : .running, pid: nil))
    }
    self.init(command, id: checked, on: NodeState(containers: containers, launches: launched))
  }

  /// The decision of a policy, with all that led to it.
  public func explain(_ policy: Policy) throws(JSONError) -> Explanation {
    policy.explain(try request(), on: node)
  }

  func request() throws(JSONError) -> Request {
    switch command {
    case .create(let document):
      .create(CreateRequest(id: container, bundle: "/run/bundle", spec: try Spec(json: document)))
    case .exec(let document): .exec(ExecRequest(id: container, process: try Process(json: document)))
    case .update(let document): .update(container, try Resources(json: document))
    case .start: .start(container)
    case .kill(let signal): .kill(container, signal: signal, all: false)
    case .pause: .pause(container)
    case .resume: .resume(container)
    case .delete: .delete(container, force: false)
    }
  }
}

extension Trial.Command {
  /// The name of the command.
  public var verb: String {
    switch self {
    case .create: "create"
    case .exec: "exec"
    case .update: "update"
    case .start: "start"
    case .kill: "kill"
    case .pause: "pause"
    case .resume: "resume"
    case .delete: "delete"
    }
  }

  private var configuration: JSONValue? {
    if case .create(let document) = self { document } else { nil }
  }

  /// The last part of the cgroup path, also of `slice:prefix:name`.
  fileprivate var likelyID: ByteString? {
    guard case .string(let path)? = configuration?["/linux/cgroupsPath"] else { return nil }
    let part = path.split(UInt8(ascii: "/")).last?.split(UInt8(ascii: ":")).last
    return part.flatMap(ContainerID.init)?.bytes
  }

  /// The sandbox that the configuration joins, by the first namespace in `/proc`.
  fileprivate var sandbox: (id: ByteString, pid: Int32)? {
    guard case .array(let namespaces)? = configuration?["/linux/namespaces"] else { return nil }
    for namespace in namespaces {
      guard case .string(let path)? = namespace["/path"] else { continue }
      let parts = path.split(UInt8(ascii: "/"))
      guard parts.count == 5, parts[1] == "proc", parts[3] == "ns", let pid = Int32(decimal: parts[2]) else { continue }
      let annotation = configuration?[JSONPointer(tokens: ["annotations", "io.kubernetes.cri.sandbox-id"])]
      if case .string(let id)? = annotation, ContainerID(id) != nil { return (id, pid) }
      return ("sandbox", pid)
    }
    return nil
  }
}
