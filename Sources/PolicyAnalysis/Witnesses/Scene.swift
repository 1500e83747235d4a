// Guarantees: a node on which the commands of an entry can be tried.
internal import Bytes
internal import Policy

/// One entry of one policy, and the containers that its commands need.
struct Scene {
  let policy: Policy
  let name: ByteString
  let entry: ContainerEntry
  let shape: PlatformShape
  let names: Names

  init(policy: Policy, name: ByteString, entry: ContainerEntry, shape: PlatformShape, names: Names) {
    (self.policy, self.name, self.entry, self.shape) = (policy, name, entry, shape)
    self.names = entry.program == .pause ? names.ofSandbox : names
  }

  /// The id of a container of the entry: a pod's sandbox is called by its own.
  var id: ByteString {
    switch entry.program {
    case .pause: Names.sandbox
    case .image: Names.container
    }
  }

  /// The config.json that the entry asks for, or nil where one of its rules admits nothing.
  var configuration: ConfigurationDraft? { ConfigurationDraft(entry, shape, names) }

  /// Where its namespaces may come from.
  var namespaces: NamespaceRules { entry.namespaces(on: shape) }

  /// `create` on a node with the sandbox, what the entry needs, and some containers of the entry itself.
  ///
  /// - Parameter launched: how many containers of the entry were launched before.
  func create(
    _ draft: ConfigurationDraft, others: Int = 0, without need: ByteString? = nil, launched: UInt64 = 0
  ) -> Witness? {
    let launches = launched == 0 ? [:] : [name: launched]
    var containers = sandbox(launches)
    for other in entry.needs where other != need { containers += container("need-" + other, other) }
    for index in 0..<others { containers += container(ByteString("other-\(index)"), name) }
    return Witness(.create(draft.json), id: id, on: NodeState(containers: containers, launches: launches))
  }

  /// A command on a running container of the entry.
  func running(_ command: Trial.Command) -> Witness? {
    let others = entry.program == .pause ? [] : sandbox([:])
    return Witness(command, id: id, on: NodeState(containers: others + container(id, name)))
  }

  private func sandbox(_ launches: [ByteString: UInt64]) -> [NodeState.Container] {
    guard namespaces.knowsSandbox else { return [] }
    return container(Names.sandbox, Policy.sandboxName, pid: ConfigurationDraft.sandboxPid, launches)
  }

  private func container(
    _ id: ByteString, _ entry: ByteString, pid: Int32? = nil, _ launches: [ByteString: UInt64] = [:]
  ) -> [NodeState.Container] {
    var bindings = names.shared
    if id == self.id { bindings = names.values }
    return ContainerID(id).map {
      [
        NodeState.Container(
          id: $0, entry: entry, bindings: bindings, status: .running, pid: pid, launches: launches)
      ]
    } ?? []
  }
}
