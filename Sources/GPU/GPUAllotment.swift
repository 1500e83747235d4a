public import Bytes
public import Policy

extension GPUInventory {
  /// Gives GPUs that nobody holds.
  ///
  /// - Parameter held: the names that ``Policy/GPUGrant`` gave the GPUs of the node's containers.
  /// - Throws: ``GPUError/busy(asked:free:present:)`` where too few are left.
  public func allot(_ rule: GPURule, held: Set<ByteString>) throws(GPUError) -> GPUGrant {
    guard rule.vendor == vendor else {
      throw .node(place: "GPUs", expected: "those of \(rule.vendor)", actual: "\(vendor)")
    }
    let units = units(rule)
    let free = units.filter { unit in !held.contains { $0.overlaps(unit.name) } }
    guard free.count >= Int(rule.count) else {
      throw .busy(asked: rule.count, free: free.count, present: units.count)
    }
    let chosen = free.prefix(Int(rule.count))
    var nodes: [GPUGrant.Node] = []
    for node in chosen.flatMap(\.nodes) + [control] where !nodes.contains(node) { nodes.append(node) }
    if let unifiedMemory, rule.capabilities.contains(.compute) { nodes.append(unifiedMemory) }
    return GPUGrant(names: chosen.map(\.name), nodes: nodes)
  }

  private struct Unit {
    let name: ByteString
    let nodes: [GPUGrant.Node]
  }

  /// What can be given under the rule, held or not. A divided GPU is given by its instances alone.
  private func units(_ rule: GPURule) -> [Unit] {
    gpus.filter { rule.uuids.isEmpty || rule.uuids.contains($0.uuid) }.flatMap { gpu -> [Unit] in
      guard rule.mig else { return gpu.instances.isEmpty ? [Unit(name: gpu.uuid, nodes: [gpu.node])] : [] }
      guard let capabilityMajor else { return [] }
      return gpu.instances.map { instance in
        let tokens = instance.capabilities.map {
          GPUGrant.Node(path: ByteString("/dev/nvidia-caps/nvidia-cap\($0)"), major: capabilityMajor, minor: $0)
        }
        return Unit(name: gpu.uuid.appending(instance.name), nodes: [gpu.node] + tokens)
      }
    }
  }
}

extension ByteString {
  fileprivate func appending(_ instance: ByteString) -> ByteString { self + "/" + instance }

  /// Whether two names are of one GPU, or of one instance. An instance overlaps its whole GPU.
  fileprivate func overlaps(_ other: ByteString) -> Bool {
    self == other || hasPrefix(other + "/") || other.hasPrefix(self + "/")
  }
}
