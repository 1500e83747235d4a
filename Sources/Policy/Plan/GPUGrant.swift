public import Bytes
import StrictJSON

/// GPUs of this node that are given to a container, with their device nodes as the kernel numbers them.
public struct GPUGrant: Equatable, Sendable {
  /// A character device.
  public struct Node: Hashable, Sendable {
    public let path: ByteString
    public let major: UInt32
    public let minor: UInt32

    /// Names a node.
    public init(path: ByteString, major: UInt32, minor: UInt32) {
      (self.path, self.major, self.minor) = (path, major, minor)
    }
  }

  /// What each is called on this node: a UUID, or with `/gi1/ci0` behind it a MIG instance of that GPU.
  public let names: [ByteString]
  public let nodes: [Node]

  /// Gathers GPUs.
  public init(names: [ByteString], nodes: [Node]) { (self.names, self.nodes) = (names, nodes) }

  /// The UUIDs of the GPUs, each once.
  public var uuids: [ByteString] {
    names.map { $0.splitFirst(UInt8(ascii: "/"))?.0 ?? $0 }.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }
}

extension ContainerPlan {
  /// The plan with the GPUs that it asks for. Whoever looked for them on the node, the policy's rule has the last word.
  ///
  /// - Throws: where there are others than the rule asks for, or none.
  public func granting(_ grant: GPUGrant?) throws(Violation) -> ContainerPlan {
    guard let rule = gpus else {
      guard grant == nil else { throw Violation(.gpu, at: "", expected: "no GPUs", got: "some") }
      return self
    }
    guard let grant, grant.names.count == Int(rule.count), Set(grant.names).count == grant.names.count else {
      throw Violation(.gpu, at: "", expected: "\(rule.count) GPUs", got: "\(grant?.names.count ?? 0)")
    }
    for uuid in grant.uuids where !rule.vendor.isUUID(uuid) || !(rule.uuids.isEmpty || rule.uuids.contains(uuid)) {
      throw Violation(.gpu, at: "", expected: "a GPU that the policy names", got: uuid.quoted)
    }
    for node in grant.nodes {
      guard let kind = rule.kind(ofNode: node.path), rule.permits(kind),
        rule.fixedNumbers(of: kind, path: node.path).map({ $0 == (node.major, node.minor) }) ?? true
      else {
        throw Violation(
          .gpu, at: "", expected: "a device node of the policy's GPUs",
          got: "\(node.path.quoted) \(node.major):\(node.minor)")
      }
    }
    var plan = self
    plan.devices += grant.nodes.map {
      DevicePlan(path: $0.path, kind: .character, major: $0.major, minor: $0.minor, mode: 0o666, uid: 0, gid: 0)
    }
    plan.cgroup = CgroupPlan(
      path: cgroup.path, resources: cgroup.resources,
      deviceRules: cgroup.deviceRules
        + grant.nodes.map {
          CgroupPlan.DeviceRule(
            allow: true, kind: .character, major: $0.major, minor: $0.minor, read: true, write: true, make: false)
        })
    return plan
  }
}
