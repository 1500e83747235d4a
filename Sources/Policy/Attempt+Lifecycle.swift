import Bytes
import StrictJSON

/// What must be so on the node before a container is launched.
extension Attempt {
  mutating func check(lifecycle request: CreateRequest, _ name: ByteString, _ entry: ContainerEntry) {
    trace.append(.lifecycle)
    if node.containers.contains(where: { $0.id == request.id }) {
      deny(.idTaken, at: "", expected: "an id that is free", got: request.id.bytes.quoted)
    }
    let count = node.containers.count { $0.entry == name && $0.status != .stopped }
    if count >= entry.instances {
      deny(.instances, at: "", expected: "at most \(entry.instances) of \(name)", got: "one more")
    }
    check(descriptors: request.preservedDescriptors)
  }

  /// Counts launches where the policy bounds them. A launch that fails is not counted.
  mutating func check(
    restarts name: ByteString, _ entry: ContainerEntry, of sandbox: NodeState.Container?
  ) -> LaunchCount? {
    guard let restarts = entry.restarts else { return nil }
    // A pod has one container of an entry; where there are no pods, all that may run at once are counted together.
    let (launched, atOnce) = sandbox.map { ($0.launches, 1) } ?? (node.launches, UInt64(entry.instances))
    let count = launched[name] ?? 0
    if count >= atOnce + UInt64(restarts) {
      deny(.restarts, at: "", expected: "at most \(restarts) restarts of \(name)", got: "\(count) launches before")
    }
    return LaunchCount(entry: name, scope: sandbox.map { .sandbox($0.id) } ?? .node)
  }

  mutating func check(descriptors: Int) {
    if descriptors != 0 { deny(.descriptors, at: "", expected: "no descriptors", got: "\(descriptors)") }
  }

  /// - Parameter samePodBy: which name has one value in all containers of a pod; where it has none, there are no pods.
  mutating func check(needs entry: ContainerEntry, samePodBy name: ByteString) {
    let pod = bindings.values[name]
    for need in entry.needs {
      let isThere = node.containers.contains {
        $0.entry == need && $0.status == .running && (pod == nil || $0.bindings[name] == pod)
      }
      if !isThere { deny(.needs, at: "", expected: "a running \(need)", got: "none") }
    }
  }
}
