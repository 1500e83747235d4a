internal import Bytes
internal import Linux

/// How the node's cgroup hierarchies are laid out.
enum CgroupLayout: Equatable, Sendable {
  /// One hierarchy of cgroup v2.
  case unified
  /// A hierarchy of v1 for each controller. One of v2 beside them (hybrid) is left alone.
  case legacy

  /// Asks the kernel what is mounted where the hierarchies belong.
  static func ofNode() throws(SystemError) -> CgroupLayout {
    let magic = try FileDescriptor.open(Cgroup.mountPoint, [.path, .directory]).fileSystem().magic
    return magic == FileSystemMagic.cgroup2 ? .unified : .legacy
  }
}

/// A controller of cgroup v1 that containers are put under.
enum CgroupController: String, CaseIterable, Sendable {
  case devices, freezer, pids, memory, cpu, cpuacct, blkio, cpuset, hugetlb, rdma
  case networkClass = "net_cls"
  case networkPriority = "net_prio"
  /// No controller, but what systemd keeps its services apart by: a container that stayed among the processes of the
  /// service that made it would be ended together with that.
  case systemd

  /// Whether containers are put under it even where no value of it is asked for: those that hold the processes
  /// together, and those that keep accounts.
  var isForEveryContainer: Bool {
    switch self {
    case .devices, .freezer, .pids, .memory, .cpu, .cpuacct, .blkio, .systemd: true
    case .cpuset, .hugetlb, .rdma, .networkClass, .networkPriority: false
    }
  }

  /// The controller before it with which it shares a hierarchy on many nodes.
  var partner: CgroupController? {
    switch self {
    case .cpuacct: .cpu
    case .networkPriority: .networkClass
    case .devices, .freezer, .pids, .memory, .cpu, .blkio, .cpuset, .hugetlb, .rdma, .networkClass, .systemd: nil
    }
  }

  var mountPoint: ByteString { Cgroup.mountPoint.appending(path: ByteString(rawValue)) }

  /// Whether its hierarchy is mounted: otherwise a directory made there would be an ordinary one.
  func isMounted() throws(SystemError) -> Bool {
    do {
      return try FileDescriptor.open(mountPoint, [.path, .directory]).fileSystem().magic == FileSystemMagic.cgroup1
    } catch  where error.errno == ErrorNumber.ENOENT {
      return false
    }
  }
}
