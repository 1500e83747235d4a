internal import Bytes
internal import Linux
internal import Policy

extension Cgroup {
  /// Moves this process, which has one thread, into the cgroup; nothing to do in cgroup v2, where it began its life
  /// there.
  ///
  /// By `tasks` and not by `cgroup.procs`: for a single thread that moves itself, the kernel skips the lock over all
  /// thread groups of the node, which costs milliseconds (`cgroup_procs_write_start`, Linux 5.18).
  ///
  /// - Parameter subgroups: Where beneath it; a cgroup that is missing there is an error, since the process would stay
  ///   outside the container's limits.
  func joinSelf(_ subgroups: [Subgroup] = []) throws(SystemError) {
    guard layout == .legacy else { return }
    for name in subgroups.flatMap(\.controllers) where !CgroupController.allCases.contains(where: { $0.name == name }) {
      throw SystemError(call: "cgroup", errno: ErrorNumber.ENODEV, object: name)
    }
    for controller in CgroupController.allCases {
      if let subgroup = subgroups.last(where: { $0.controllers.isEmpty || $0.controllers.contains(controller.name) }),
        try existingControllers().contains(controller)
      {
        try write("0", to: subgroup.path.appending(path: "tasks"), of: controller)
        continue
      }
      do {
        try FileDescriptor.open(directory(controller).appending(path: "tasks"), .writeOnly).writeAll([UInt8(ascii: "0")]
        )
      } catch  where error.errno == ErrorNumber.ENOENT {
        // The launch did not need this controller.
      }
    }
  }

  /// Where a new process begins its life, in cgroup v2; in v1 it joins by itself.
  func birthplace(_ subgroups: [Subgroup] = []) throws(SystemError) -> FileDescriptor? {
    guard isUnified else { return nil }
    guard let subgroup = subgroups.last else { return try ownBirthplace() }
    guard subgroups.count == 1, subgroup.controllers.isEmpty else {
      throw SystemError(call: "cgroup", errno: ErrorNumber.EINVAL, object: "one path without a controller in cgroup v2")
    }
    return try FileDescriptor.open(directory(nil).appending(path: subgroup.path), [.readOnly, .directory])
  }

  private func ownBirthplace() throws(SystemError) -> FileDescriptor? {
    do {
      return try unifiedDirectory()
    } catch  where error.errno == ErrorNumber.ENOENT {
      // Only where a container can be without one (`goOnWithout`); anywhere else, this process would leave its bounds.
      do { if try Self.isInUserNamespace() { return nil } } catch {}
      throw error
    }
  }

  /// What the container sees of its cgroup: one directory, or with v1 one for each controller, by its name.
  func views() throws(SystemError) -> [(name: ByteString?, directory: ByteString)] {
    try existingControllers().map { ($0.map { ByteString($0.rawValue) }, directory($0)) }
  }
}

extension CgroupController {
  fileprivate var name: ByteString { ByteString(rawValue) }
}
