import Bytes
import RuntimeSpec
import StrictJSON

extension NamespacePlan {
  /// Reads the namespaces as they were sent: one of a kind, and what belongs to a kind only together with it.
  static func list(_ linux: LinuxSpec?) throws(Violation) -> [NamespacePlan] {
    let place: JSONPointer = "/linux/namespaces"
    var plans: [NamespacePlan] = []
    for (index, namespace) in (linux?.namespaces ?? []).enumerated() {
      let kind = namespace.type.kind
      guard !plans.contains(where: { $0.kind == kind }) else {
        throw Violation(.namespace, at: place / index, expected: "\(kind.name) once", got: "a second one")
      }
      let path = namespace.path.flatMap { $0.isEmpty ? nil : $0 }
      plans.append(NamespacePlan(kind: kind, origin: path.map(Origin.path) ?? .new))
    }
    let origin = { (kind: Kind) in plans.first { $0.kind == kind }?.origin }
    // The offsets of a time namespace are fixed with its first process (time_namespaces(7)).
    if linux?.timeOffsets != nil, origin(.time) != .new {
      throw Violation(.timeOffset, at: "/linux/timeOffsets", expected: "a new time namespace", got: "none")
    }
    return plans
  }
}

extension UserMappings {
  /// Reads the mappings of the container's user namespace: a new one needs them, and user 0 sets the container up.
  init?(sent linux: LinuxSpec?) throws(Violation) {
    let namespace = linux?.namespaces?.first { $0.type == .user }
    let isNew = namespace.map { ($0.path ?? "").isEmpty } ?? false
    let lists: [(place: JSONPointer, ranges: [IDMapping])] = [
      ("/linux/uidMappings", linux?.uidMappings ?? []), ("/linux/gidMappings", linux?.gidMappings ?? []),
    ]
    guard isNew || lists.contains(where: { !$0.ranges.isEmpty }) else { return nil }
    for (place, ranges) in lists {
      guard namespace != nil else {
        if ranges.isEmpty { continue }
        throw Violation(.idMapping, at: place, expected: "a user namespace to map ids of", got: "none")
      }
      guard ranges.contains(where: { $0.containerID == 0 && $0.size > 0 }) else {
        throw Violation(
          .idMapping, at: place, expected: "an id for user 0 of the container, which sets it up", got: "none")
      }
    }
    self.init(users: lists[0].ranges, groups: lists[1].ranges)
  }

  /// Takes over ranges as they were sent.
  init(users: [IDMapping], groups: [IDMapping]) {
    let list = { (mappings: [IDMapping]) in
      mappings.map { Range(container: $0.containerID, host: $0.hostID, size: $0.size) }
    }
    self.init(users: list(users), groups: list(groups))
  }
}

extension TimeOffsets {
  init(sent offsets: RuntimeSpec.TimeOffsets) {
    let offset = { (offset: TimeOffset) in Offset(seconds: offset.secs ?? 0, nanoseconds: offset.nanosecs ?? 0) }
    self.init(monotonic: offsets.monotonic.map(offset), boottime: offsets.boottime.map(offset))
  }
}

extension RootPlan {
  init(path: ByteString, readonly: Bool, propagation: RuntimeSpec.Propagation?) {
    let isRecursive =
      switch propagation {
      case .rprivate, .rshared, .rslave, .runbindable: true
      case .private, .shared, .slave, .unbindable, nil: false
      }
    self.init(
      source: .directory(path), readonly: readonly, scratch: nil,
      propagation: propagation.map(Propagation.init(sent:)) ?? .private, propagatesRecursively: isRecursive)
  }
}

extension Propagation {
  fileprivate init(sent propagation: RuntimeSpec.Propagation) {
    switch propagation {
    case .private, .rprivate: self = .private
    case .shared, .rshared: self = .shared
    case .slave, .rslave: self = .slave
    case .unbindable, .runbindable: self = .unbindable
    }
  }
}
