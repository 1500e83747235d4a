internal import Bytes
internal import Linux
internal import Policy

extension Cgroup {
  /// Decides whether a container can be without a cgroup: where `ward` itself is in a user namespace, as under a rootless
  /// engine, the node's cgroups may not be its own to write to.
  ///
  /// It can where nothing is asked of the cgroup. What is lost then must not matter: the devices that a container may
  /// use are those that are mounted into it, since it cannot make others there; and its processes are found by its
  /// own pid namespace, which ends with the first of them.
  /// - Throws: what made the cgroup fail, where the container needs one.
  func goOnWithout(
    _ plan: CgroupPlan, hasPidNamespace: Bool, because error: ContainerError
  ) throws(ContainerError) {
    guard case .system(let failure) = error, Self.isRefusal(failure.errno), try Self.isInUserNamespace() else {
      throw error
    }
    let settings =
      switch layout {
      case .unified: try plan.resources.unifiedSettings()
      case .legacy: try plan.resources.legacySettings()
      }
    guard settings.isEmpty, hasPidNamespace else {
      let reason = settings.isEmpty ? "a pid namespace that is not its own" : "limits"
      throw .unsuitable("the container has \(reason) and needs a cgroup, which cannot be made: \(failure)")
    }
  }

  /// Whether the kernel refuses a change for want of rights.
  static func isRefusal(_ errno: Int32) -> Bool {
    [ErrorNumber.EACCES, ErrorNumber.EPERM, ErrorNumber.EROFS].contains(errno)
  }

  /// Whether this process is in another user namespace than the first: the kernel tells by the only mapping that cannot
  /// be made (user_namespaces(7)).
  static func isInUserNamespace() throws(ContainerError) -> Bool {
    let map = try system { () throws(SystemError) in
      try FileDescriptor.contents(of: "/proc/self/uid_map", limit: 65536)
    }
    return map.split(whereSeparator: { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }).map(ByteString.init)
      != ["0", "0", "4294967295"]
  }
}
