internal import Bytes
internal import Policy
internal import RuntimeSpec

extension CgroupPlan {
  /// What is written to cgroup v1 for this plan, in this order.
  func legacySettings() throws(ContainerError) -> [CgroupSetting] {
    try LegacyDeviceList(deviceRules.asContainer).settings + resources.legacySettings()
  }
}

extension LegacyDeviceList {
  /// The writes that make the list.
  var settings: [CgroupSetting] {
    lines.map { line in
      CgroupSetting(
        .devices, line.allow ? "devices.allow" : "devices.deny", line.kind == nil ? "a" : ByteString(line.text))
    }
  }
}

extension ResourcePlan {
  /// What is written to cgroup v1 (Documentation/admin-guide/cgroup-v1 of the kernel), in this order.
  func legacySettings() throws(ContainerError) -> [CgroupSetting] {
    guard unified.isEmpty else {
      throw .unsuitable("files of cgroup v2 are asked for (\(unified.keys.min() ?? "")), and the node has v1")
    }
    var settings: [CgroupSetting] = []
    func set(_ controller: CgroupController, _ file: ByteString, _ value: String?, isOptional: Bool = false) {
      guard let value else { return }
      settings.append(CgroupSetting(controller, file, ByteString(value), isOptional: isOptional))
    }
    set(.pids, "pids.max", pidsLimit.map { $0 < 0 ? "max" : "\($0)" })
    if let memory {
      set(.memory, "memory.use_hierarchy", memory.useHierarchy.map { $0 ? "1" : "0" })
      set(.memory, "memory.limit_in_bytes", memory.limit.map(String.init))
      // As in v2, no limit of memory means none of memory with swap either.
      let swap = memory.swap ?? (memory.limit == -1 ? -1 : nil)
      set(.memory, "memory.memsw.limit_in_bytes", swap.map(String.init), isOptional: swap == -1)
      set(.memory, "memory.soft_limit_in_bytes", memory.reservation.map(String.init))
      set(.memory, "memory.kmem.limit_in_bytes", memory.kernel.map(String.init), isOptional: memory.kernel == -1)
      set(
        .memory, "memory.kmem.tcp.limit_in_bytes", memory.kernelTCP.map(String.init),
        isOptional: memory.kernelTCP == -1)
      set(.memory, "memory.swappiness", memory.swappiness.map(String.init))
      if let off = memory.disableOOMKiller {
        settings.append(
          CgroupSetting(.memory, "memory.oom_control", off ? "1" : "0", form: .flag("oom_kill_disable")))
      }
    }
    if let cpu {
      set(.cpu, "cpu.shares", cpu.shares.map(String.init))
      set(.cpu, "cpu.idle", cpu.idle.map(String.init), isOptional: cpu.idle == 0)
      set(.cpu, "cpu.cfs_period_us", cpu.period.map(String.init))
      set(.cpu, "cpu.cfs_quota_us", cpu.quota.map(String.init))
      set(.cpu, "cpu.cfs_burst_us", cpu.burst.map(String.init), isOptional: cpu.burst == 0)
      set(.cpu, "cpu.rt_period_us", cpu.realtimePeriod.map(String.init))
      set(.cpu, "cpu.rt_runtime_us", cpu.realtimeRuntime.map(String.init))
      set(.cpuset, "cpuset.cpus", cpu.cpus?.description)
      set(.cpuset, "cpuset.mems", cpu.mems?.description)
    }
    settings += legacyBlockIO
    for limit in hugepageLimits {
      set(.hugetlb, "hugetlb." + limit.pageSize + ".limit_in_bytes", "\(limit.limit)")
      // Linux 5.7: reservations count on their own.
      set(.hugetlb, "hugetlb." + limit.pageSize + ".rsvd.limit_in_bytes", "\(limit.limit)", isOptional: true)
    }
    set(.networkClass, "net_cls.classid", network?.classID.map { "\($0)" })
    for priority in network?.priorities ?? [] {
      settings.append(
        CgroupSetting(
          .networkPriority, "net_prio.ifpriomap", priority.name + ByteString(" \(priority.priority)"),
          form: .entry(absent: "0")))
    }
    return settings + rdmaSettings(of: .rdma)
  }

  /// The weights belong to BFQ, or to CFQ before Linux 5.0.
  private var legacyBlockIO: [CgroupSetting] {
    guard let blockIO else { return [] }
    var settings: [CgroupSetting] = []
    func set(_ files: [ByteString], _ value: String?, form: CgroupSetting.Form = .whole) {
      guard let value else { return }
      let writes = files.map { CgroupSetting.Write(file: $0, value: ByteString(value)) }
      settings.append(CgroupSetting(.blkio, writes, form: form))
    }
    set(["blkio.bfq.weight", "blkio.weight"], blockIO.weight.map { "\($0)" })
    set(["blkio.leaf_weight"], blockIO.leafWeight.map { "\($0)" })
    for device in blockIO.weightDevice ?? [] {
      let number = "\(device.major):\(device.minor) "
      set(
        ["blkio.bfq.weight_device", "blkio.weight_device"], device.weight.map { number + "\($0)" },
        form: .entry(absent: "0"))
      set(["blkio.leaf_weight_device"], device.leafWeight.map { number + "\($0)" }, form: .entry(absent: "0"))
    }
    for (file, devices) in [
      ("blkio.throttle.read_bps_device", blockIO.throttleReadBpsDevice),
      ("blkio.throttle.write_bps_device", blockIO.throttleWriteBpsDevice),
      ("blkio.throttle.read_iops_device", blockIO.throttleReadIOPSDevice),
      ("blkio.throttle.write_iops_device", blockIO.throttleWriteIOPSDevice),
    ] as [(ByteString, [ThrottleDevice]?)] {
      for device in devices ?? [] {
        set([file], "\(device.major):\(device.minor) \(device.rate)", form: .entry(absent: "0"))
      }
    }
    return settings
  }

  /// The same file in v1 and v2.
  func rdmaSettings(of controller: CgroupController?) -> [CgroupSetting] {
    rdma.sorted { $0.key < $1.key }.compactMap { device, limits in
      let words =
        [limits.hcaHandles.map { "hca_handle=\($0)" }, limits.hcaObjects.map { "hca_object=\($0)" }].compactMap(\.self)
      guard !words.isEmpty else { return nil }
      return CgroupSetting(
        controller, "rdma.max", device + ByteString(" " + words.joined(separator: " ")),
        form: .entry(absent: "hca_handle=max hca_object=max"))
    }
  }
}
