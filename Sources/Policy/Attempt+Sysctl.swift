import Bytes
import StrictJSON

extension Attempt {
  /// Checks the kernel parameters: those that the entry states must be set, others may be where the platform has a rule.
  mutating func check(
    sysctl: [ByteString: ByteString], _ entry: ContainerEntry, _ shape: PlatformShape, _ namespaces: [NamespacePlan]
  ) -> [SysctlPlan] {
    trace.append(.sysctl)
    for key in entry.sysctls.keys.sorted() where sysctl[key] == nil {
      deny(.sysctl, at: "/linux/sysctl", expected: key.quoted, got: "nothing")
    }
    return sysctl.sorted { $0.key < $1.key }.map { key, value in
      let place = ("/linux/sysctl" as JSONPointer) / key
      check(value, entry.sysctls[key] ?? shape.sysctls[key], .sysctl, at: place)
      if !Sysctl.isOwned(key, namespaces) {
        deny(.sysctl, at: place, expected: "a parameter of a namespace of the container's own", got: key.quoted)
      }
      return SysctlPlan(key: key, value: value)
    }
  }
}

/// Which kernel parameters belong to a namespace (namespaces(7), sysctl(5)).
enum Sysctl {
  private static let ipc: [ByteString] = [
    "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem", "kernel.shmall", "kernel.shmmax",
    "kernel.shmmni", "kernel.shm_rmid_forced",
  ]

  /// Whether a parameter is one of a namespace that is not the node's own. A slash stands for a dot in a name
  /// (sysctl(8)); a part of nothing but those would be a way out of the directory.
  static func isOwned(_ key: ByteString, _ namespaces: [NamespacePlan]) -> Bool {
    let (dot, slash) = (UInt8(ascii: "."), UInt8(ascii: "/"))
    guard key.bytes.allSatisfy({ HoleKind.id.contains($0) || $0 == slash }),
      !key.split(dot).contains(where: { $0.bytes.allSatisfy { $0 == slash } })
    else { return false }
    return kind(of: key).map { kind in namespaces.contains { $0.kind == kind } } ?? false
  }

  /// The kind of namespace that a parameter belongs to; nil where it is one of the node.
  static func kind(of key: ByteString) -> NamespacePlan.Kind? {
    if key.hasPrefix("net.") { return .network }
    if ipc.contains(key) || key.hasPrefix("fs.mqueue.") { return .ipc }
    return key == "kernel.domainname" ? .uts : nil
  }
}
