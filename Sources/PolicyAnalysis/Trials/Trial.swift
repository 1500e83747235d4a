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

  /// Describes a command and its node. A sandbox runs that config.json calls by `/proc/PID/ns`, or by CRI-O's files.
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
    let bindings = names.filter { Bindings.isShared($0.key) }.merging(sandbox?.bindings ?? [:]) { $1 }
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

  /// The last part of the cgroup path, also of `slice:prefix:name`, and of `crio-ID` and `libpod-ID` the id.
  fileprivate var likelyID: ByteString? {
    guard case .string(let path)? = configuration?["/linux/cgroupsPath"] else { return nil }
    guard let part = path.split(UInt8(ascii: "/")).last?.split(UInt8(ascii: ":")).last else { return nil }
    let prefixed = part.split(UInt8(ascii: "-"))
    let id = prefixed.count == 2 && prefixed[1].count == 64 ? prefixed[1] : part
    return ContainerID(id)?.bytes
  }

  /// The sandbox that the configuration joins, by the first namespace in `/proc` or that CRI-O made.
  fileprivate var sandbox: (id: ByteString, pid: Int32?, bindings: [ByteString: ByteString])? {
    guard case .array(let namespaces)? = configuration?["/linux/namespaces"] else { return nil }
    let paths = namespaces.compactMap { if case .string(let path)? = $0["/path"] { path } else { nil } }
      .map { $0.split(UInt8(ascii: "/")) }
    let process = paths.first { $0.count == 5 && $0[1] == "proc" && $0[3] == "ns" }.flatMap { Int32(decimal: $0[2]) }
    let crio = annotation("io.kubernetes.cri-o.SandboxID")
    let files = crio.flatMap { _ in paths.first { $0.count == 5 && $0[3] == "netns" }?.last }
    // A sandbox names itself.
    guard process != nil || (files != nil && crio != annotation("io.kubernetes.cri-o.ContainerID")) else { return nil }
    let id = annotation("io.kubernetes.cri.sandbox-id") ?? crio ?? "sandbox"
    var bindings: [ByteString: ByteString] = ["sandbox.id": id]
    if let files { bindings[Bindings.podNamespaces] = files }
    return (id, process, bindings)
  }

  private func annotation(_ key: ByteString) -> ByteString? {
    guard case .string(let text)? = configuration?[JSONPointer(tokens: ["annotations", key])] else { return nil }
    return ContainerID(text)?.bytes
  }
}
