internal import Bytes
internal import Linux
internal import Policy

extension Cgroup {
  /// Gives a container the cgroup that it sees as its own and may write to (config-linux.md, "Cgroup ownership"): in v2
  /// alone, where the kernel keeps whoever owns a cgroup from taking more than it was given.
  func handOver(to plan: ContainerPlan) throws(ContainerError) {
    guard layout == .unified, let owner = plan.cgroupOwner, owner != 0 else { return }
    try system { () throws(SystemError) in
      let directory = try unifiedDirectory()
      try directory.setOwner(uid: owner, gid: .max)
      for file in try Self.delegatedFiles() {
        do throws(SystemError) {
          try directory.open(file, [.path, .noFollow], resolve: .beneath).setOwner(uid: owner, gid: .max)
        } catch  where error.errno == ErrorNumber.ENOENT {
          // Of a controller that is not enabled here.
        }
      }
    }
  }

  /// What belongs to whom a cgroup is given; the list of the specification where the kernel has none.
  private static func delegatedFiles() throws(SystemError) -> [ByteString] {
    do {
      return ByteString(try FileDescriptor.contents(of: "/sys/kernel/cgroup/delegate", limit: 4096))
        .split(UInt8(ascii: "\n")).filter { !$0.isEmpty }
    } catch  where error.errno == ErrorNumber.ENOENT {
      return ["cgroup.procs", "cgroup.subtree_control", "cgroup.threads"]
    }
  }
}

extension ContainerPlan {
  /// The node's id of the user that the container's process is, where the container sees its own cgroup and may write to
  /// it. Of the mapping of a user namespace of others nothing is known.
  var cgroupOwner: UInt32? {
    let isOwn = namespaces.contains { $0.kind == .cgroup && $0.origin == .new }
    let isWritable = mounts.contains { mount in
      mount.source == .cgroup && !mount.attributes.union(mount.recursiveAttributes).contains(.readOnly)
    }
    guard isOwn, isWritable else { return nil }
    guard let user = namespaces.first(where: { $0.kind == .user }) else { return process.uid }
    guard user.origin == .new, let mappings = userMappings else { return nil }
    for range in mappings.users where process.uid >= range.container && process.uid - range.container < range.size {
      return range.host &+ (process.uid - range.container)
    }
    return nil
  }
}
