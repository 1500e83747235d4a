internal import Bytes
internal import Linux
internal import Policy

extension Cgroup {
  /// Makes the cgroup in the hierarchies of v1 (Documentation/admin-guide/cgroup-v1 of the kernel).
  func createLegacy(_ plan: CgroupPlan) throws(ContainerError) {
    guard plan.unified.isEmpty else {
      throw .unsuitable("cgroup \(path): files of cgroup v2 are asked for, and the node has v1")
    }
    let settings = try plan.legacySettings()
    for controller in CgroupController.allCases {
      let values = settings.filter { $0.controller == controller }
      if controller == .cpuset && values.isEmpty { continue }
      guard try system({ () throws(SystemError) in try controller.isMounted() }) else {
        // Without the freezer, processes are ended one by one; nothing else is lost where no limit asks for it.
        if values.isEmpty { continue }
        throw .unsuitable("cgroup controller \(controller.rawValue) is not mounted, and the container needs it")
      }
      try makeDirectory(in: controller.mountPoint) { (parent) throws(SystemError) in
        if controller == .cpuset { try inheritCpuset(at: ByteString("/") + parent) }
      }
      try system { () throws(SystemError) in
        if controller == .cpuset { try inheritCpuset(at: path) }
        for setting in values { try write(setting.value, to: setting.file, of: controller) }
      }
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

/// One write to a file of cgroup v1.
struct LegacySetting: Equatable {
  let controller: CgroupController
  let file: ByteString
  let value: ByteString
}

extension CgroupPlan {
  /// What is written for this plan, in this order.
  func legacySettings() throws(ContainerError) -> [LegacySetting] {
    var settings = try LegacyDeviceList(containerRules).lines.map { line in
      LegacySetting(
        controller: .devices, file: line.allow ? "devices.allow" : "devices.deny",
        value: line.kind == nil ? "a" : ByteString(line.text))
    }
    func set(_ controller: CgroupController, _ file: ByteString, _ value: String?) {
      guard let value else { return }
      settings.append(LegacySetting(controller: controller, file: file, value: ByteString(value)))
    }
    set(.pids, "pids.max", pidsLimit.map { $0 == -1 ? "max" : "\($0)" })
    // Memory before memory with swap: the sum may never be the smaller one, and it begins without a limit.
    set(.memory, "memory.limit_in_bytes", memoryLimit.map(String.init))
    set(.memory, "memory.memsw.limit_in_bytes", memorySwap.map(String.init))
    set(.memory, "memory.soft_limit_in_bytes", memoryReservation.map(String.init))
    set(.cpu, "cpu.shares", cpuShares.map(String.init))
    // The period first: a quota may be too small for the period that was there before.
    set(.cpu, "cpu.cfs_period_us", cpuPeriod.map(String.init))
    set(.cpu, "cpu.cfs_quota_us", cpuQuota.map(String.init))
    set(.cpuset, "cpuset.cpus", cpusetCPUs?.description)
    set(.cpuset, "cpuset.mems", cpusetMemory?.description)
    return settings
  }
}
