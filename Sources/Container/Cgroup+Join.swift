internal import Bytes
internal import Linux

extension Cgroup {
  /// Moves this process, which has one thread, into the cgroup; nothing to do in cgroup v2, where it began its life
  /// there.
  ///
  /// By `tasks` and not by `cgroup.procs`: for a single thread that moves itself, the kernel skips the lock over all
  /// thread groups of the node, which costs milliseconds (`cgroup_procs_write_start`, Linux 5.18).
  func joinSelf() throws(SystemError) {
    guard layout == .legacy else { return }
    for controller in CgroupController.allCases {
      do {
        try FileDescriptor.open(directory(controller).appending(path: "tasks"), .writeOnly).writeAll([UInt8(ascii: "0")]
        )
      } catch  where error.errno == ErrorNumber.ENOENT {
        // The launch did not need this controller.
      }
    }
  }

  /// Where a new process begins its life, in cgroup v2; in v1 it joins by itself.
  func birthplace() throws(SystemError) -> FileDescriptor? {
    guard isUnified else { return nil }
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
