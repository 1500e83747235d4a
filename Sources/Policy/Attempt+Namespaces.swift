import Bytes
import RuntimeSpec
import StrictJSON

extension Attempt {
  /// Checks the namespaces, finds the sandbox that they belong to, and takes over what its pod has bound.
  ///
  /// - Returns: the plans, and the sandbox where one is joined, or runs in the same namespaces.
  mutating func check(
    _ sent: [Namespace], _ rules: NamespaceRules
  ) -> (plans: [NamespacePlan], sandbox: NodeState.Container?) {
    trace.append(.namespaces)
    var plans: [NamespacePlan] = []
    var sandbox: NodeState.Container?
    var seen: Set<NamespacePlan.Kind> = []
    for (index, namespace) in sent.enumerated() where !seen.insert(namespace.type.kind).inserted {
      deny(.namespace, at: place / index, expected: "\(namespace.type.rawValue) once", got: "a second one")
    }
    for kind in NamespacePlan.Kind.allCases {
      let allowed = rules.rules[kind] ?? [.node]
      guard let index = sent.firstIndex(where: { $0.type.kind == kind }) else {
        if !allowed.contains(.node) {
          deny(.namespace, at: place, expected: "a \(kind.name) namespace", got: "that of the node")
        }
        continue
      }
      guard let path = sent[index].path else {
        if allowed.contains(.new) {
          plans.append(NamespacePlan(kind: kind, origin: .new))
        } else {
          deny(
            .namespace, at: place / index, expected: NamespaceRule.list(allowed), got: "a new \(kind.name) namespace")
        }
        continue
      }
      if allowed.contains(.sandbox), let owner = owner(of: path, kind) {
        if let sandbox, sandbox.id != owner.id {
          deny(.sandbox, at: place / index, expected: "namespaces of one sandbox", got: "those of two")
        }
        sandbox = owner
        plans.append(NamespacePlan(kind: kind, origin: .container(owner.id)))
      } else if allowed.contains(where: {
        if case .path(let matcher) = $0 { matcher.matches(path, &bindings) } else { false }
      }) {
        plans.append(NamespacePlan(kind: kind, origin: .path(path)))
      } else {
        deny(
          allowed.contains(.sandbox) ? .sandbox : .namespace, at: place / index / "path",
          expected: NamespaceRule.list(allowed), got: path.quoted)
      }
    }
    // A pod whose namespaces are files has perhaps no sandbox; one that runs has joined the same.
    if sandbox == nil, entry?.program != .pause { sandbox = ownerOfFiles() }
    for (name, value) in (sandbox?.bindings ?? [:]).sorted(by: { $0.key < $1.key })
    where Bindings.isShared(name) && !bindings.bind(name, to: value) {
      deny(.sandbox, at: place, expected: "the sandbox of this pod", got: "one with another \(name)")
    }
    return (plans, sandbox)
  }

  private var place: JSONPointer { "/linux/namespaces" }

  /// The live sandbox whose first process `/proc/PID/ns/KIND` names. The path is not used any further.
  private func owner(of path: ByteString, _ kind: NamespacePlan.Kind) -> NodeState.Container? {
    let parts = path.split(UInt8(ascii: "/"))
    guard parts.count == 5, parts[0].isEmpty, parts[1] == "proc", parts[3] == "ns",
      parts[4] == ByteString(kind.fileName), let pid = Int32(decimal: parts[2]), pid > 0
    else { return nil }
    return node.containers.first { $0.pid == pid && $0.entry == Policy.sandboxName && $0.status == .running }
  }

  /// The live sandbox that was given the same namespace files.
  private func ownerOfFiles() -> NodeState.Container? {
    guard let files = bindings.values[Bindings.podNamespaces] else { return nil }
    return node.containers.first {
      $0.bindings[Bindings.podNamespaces] == files && $0.entry == Policy.sandboxName && $0.status == .running
    }
  }
}

extension NamespaceRule {
  fileprivate static func list(_ rules: [NamespaceRule]) -> String {
    rules.map { rule in
      switch rule {
      case .new: "a new one"
      case .sandbox: "that of a running sandbox by /proc/PID/ns"
      case .path(let matcher): matcher.description
      case .node: "that of the node"
      }
    }.joined(separator: " or ")
  }
}

extension NamespaceType {
  var kind: NamespacePlan.Kind {
    switch self {
    case .pid: .pid
    case .network: .network
    case .mount: .mount
    case .ipc: .ipc
    case .uts: .uts
    case .user: .user
    case .cgroup: .cgroup
    case .time: .time
    }
  }
}
