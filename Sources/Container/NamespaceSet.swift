internal import Linux
internal import Policy

/// How the container gets its namespaces: pure, made from the plan.
struct NamespaceSet: Equatable {
  /// Existing namespaces of one origin that are entered with one call.
  struct Join: Equatable {
    let kinds: Namespaces
    let origin: NamespacePlan.Origin
  }

  /// Those that are made for the container.
  let created: Namespaces
  /// Entered by the launching process before it makes the child, which then inherits them (a pid namespace only ever
  /// holds for children). It keeps its rights: a child that starts in a new user namespace has none over namespaces
  /// of others.
  let joinedByParent: [Join]
  /// Entered by the child: of a mount namespace, since the parent still needs the node's files; of a user namespace,
  /// since the parent still needs its rights. The user namespace comes last, for the same reason. With it goes a pid
  /// namespace: it then holds for the process that the child makes in its place.
  let joinedByChild: [Join]

  init(_ plans: [NamespacePlan]) {
    var created: Namespaces = []
    var (parent, child): ([Join], [Join]) = ([], [])
    let joinsUser = plans.contains { $0.kind == .user && $0.origin != .new }
    for plan in plans {
      let kind = Namespaces(plan.kind)
      switch plan.origin {
      case .new: created.insert(kind)
      case .container, .path:
        switch plan.kind {
        case .mount: child.insert(Join(kinds: kind, origin: plan.origin), at: 0)
        case .user: child.append(Join(kinds: kind, origin: plan.origin))
        case .pid where joinsUser: child.insert(Join(kinds: kind, origin: plan.origin), at: 0)
        case .pid, .network, .ipc, .uts, .cgroup, .time: parent.append(kind, of: plan.origin)
        }
      }
    }
    (self.created, joinedByParent, joinedByChild) = (created, parent, child)
  }

  /// Whether the child enters a user namespace that others own: what is created must then be created from within, and
  /// a pid namespace needs one more process.
  var joinsUser: Bool { joinedByChild.contains { $0.kinds.contains(.user) } }
  /// Whether the container has another user namespace than the node, so that its root has no rights over the node's
  /// files and devices.
  var hasOwnUser: Bool { joinsUser || created.contains(.user) }
}

extension [NamespaceSet.Join] {
  /// Namespaces of one container are entered together.
  fileprivate mutating func append(_ kind: Namespaces, of origin: NamespacePlan.Origin) {
    if case .container = origin, let index = firstIndex(where: { $0.origin == origin }) {
      self[index] = NamespaceSet.Join(kinds: self[index].kinds.union(kind), origin: origin)
    } else {
      append(NamespaceSet.Join(kinds: kind, origin: origin))
    }
  }
}

extension Namespaces {
  init(_ kind: NamespacePlan.Kind) {
    self =
      switch kind {
      case .user: .user
      case .mount: .mount
      case .pid: .pid
      case .network: .network
      case .ipc: .ipc
      case .uts: .uts
      case .cgroup: .cgroup
      case .time: .time
      }
  }
}
