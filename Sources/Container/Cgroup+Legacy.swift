internal import Bytes
internal import Linux
internal import Policy

extension Cgroup {
  /// Makes the cgroup in the hierarchies of v1 (Documentation/admin-guide/cgroup-v1 of the kernel).
  func createLegacy(_ plan: CgroupPlan) throws(ContainerError) {
    let settings = try plan.legacySettings()
    let needed = Set(settings.compactMap(\.controller))
    for controller in CgroupController.allCases where controller.isForEveryContainer || needed.contains(controller) {
      guard try system({ () throws(SystemError) in try controller.isMounted() }) else {
        // Without the freezer, processes are ended one by one; nothing else is lost where no value asks for it.
        if !needed.contains(controller) { continue }
        throw .unsuitable("cgroup controller \(controller.rawValue) is not mounted, and the container needs it")
      }
      try makeDirectory(controller)
    }
    try apply(settings)
  }

  /// Makes the directory in the hierarchy of a controller.
  func makeDirectory(_ controller: CgroupController) throws(ContainerError) {
    // Where two controllers share a hierarchy, as cpu and cpuacct often do, the second finds what the first made.
    if let partner = controller.partner, try system({ () throws(SystemError) in try isSame(controller, partner) }) {
      return
    }
    try makeDirectory(in: controller.mountPoint) { (parent) throws(SystemError) in
      if controller == .cpuset { try inheritCpuset(at: ByteString("/") + parent) }
    }
    if controller == .cpuset { try system { () throws(SystemError) in try inheritCpuset(at: path) } }
  }

  /// Whether the cgroup in one hierarchy is that in the other.
  private func isSame(_ one: CgroupController, _ other: CgroupController) throws(SystemError) -> Bool {
    do {
      let left = try FileDescriptor.open(directory(one), [.path, .directory]).status()
      let right = try FileDescriptor.open(directory(other), [.path, .directory]).status()
      return (left.device, left.inode) == (right.device, right.inode)
    } catch  where error.errno == ErrorNumber.ENOENT {
      return false
    }
  }

  /// A new cpuset has neither processors nor memory, and a process cannot join it before it has both.
  private func inheritCpuset(at place: ByteString) throws(SystemError) {
    let directory = CgroupController.cpuset.mountPoint + place
    for file: ByteString in ["cpuset.cpus", "cpuset.mems"] {
      let own = try FileDescriptor.contents(of: directory.appending(path: file), limit: 65536)
      guard own.allSatisfy({ $0 == UInt8(ascii: "\n") }) else { continue }
      let parents = try FileDescriptor.contents(of: directory.parentPath.appending(path: file), limit: 65536)
      try FileDescriptor.open(directory.appending(path: file), .writeOnly).writeAll(parents)
    }
  }
}
