internal import Bytes
internal import Glibc
internal import Policy
internal import RuntimeSpec

/// Values of a cgroup of v2 on which the meaning of new ones depends: the specification counts as v1 does.
struct UnifiedValues: Equatable {
  /// -1 is no limit.
  var memoryMaximum: Int64 = -1
  /// The quota of `cpu.max`, perhaps `max`, and its period.
  var cpuQuota: ByteString = "max"
  var cpuPeriod: ByteString = "100000"
}

extension ResourcePlan {
  /// What is written to cgroup v2 (Documentation/admin-guide/cgroup-v2.rst of the kernel), in this order; what stands
  /// under `unified` comes last and wins.
  ///
  /// - Parameter present: What an update finds; nil at the creation.
  func unifiedSettings(updating present: UnifiedValues? = nil) throws(ContainerError) -> [CgroupSetting] {
    var settings: [CgroupSetting] = []
    func set(_ file: ByteString, _ value: String?, isOptional: Bool = false) {
      guard let value else { return }
      settings.append(CgroupSetting(nil, file, ByteString(value), isOptional: isOptional))
    }
    func limit(_ value: Int64) -> String { value < 0 ? "max" : "\(value)" }
    try refuseWhatOnlyLegacyHas()
    set("pids.max", pidsLimit.map(limit))
    if let memory {
      set("memory.max", memory.limit.map(limit))
      // Without swap, the kernel may lack the file, and there is none to have or not to have.
      let swap = try memory.unifiedSwap(updating: present)
      set("memory.swap.max", swap.map(limit), isOptional: swap == 0 || swap == -1)
      set("memory.low", memory.reservation.map(limit))
    }
    if let cpu {
      set("cpu.weight", cpu.shares.map { "\(CPUWeight.fromShares($0))" })
      set("cpu.idle", cpu.idle.map(String.init), isOptional: cpu.idle == 0)
      if cpu.quota != nil || cpu.period != nil {
        // A negative quota is none, as in v1.
        let quota = cpu.quota.map { $0 > 0 ? "\($0)" : "max" } ?? present?.cpuQuota.description ?? "max"
        let period = cpu.period.map { "\($0)" } ?? present?.cpuPeriod.description
        set("cpu.max", period.map { "\(quota) \($0)" } ?? quota)
      }
      set("cpu.max.burst", cpu.burst.map(String.init), isOptional: cpu.burst == 0)
      set("cpuset.cpus", cpu.cpus?.description)
      set("cpuset.mems", cpu.mems?.description)
    }
    settings += unifiedBlockIO
    for limit in hugepageLimits {
      set("hugetlb." + limit.pageSize + ".max", "\(limit.limit)")
      set("hugetlb." + limit.pageSize + ".rsvd.max", "\(limit.limit)", isOptional: true)
    }
    settings += rdmaSettings(of: nil)
    for (file, value) in unified.sorted(by: { $0.key < $1.key }) { settings.append(CgroupSetting(nil, file, value)) }
    return settings
  }

  /// Settings without a counterpart in v2, which would otherwise be lost.
  private func refuseWhatOnlyLegacyHas() throws(ContainerError) {
    let asked: [(String, Bool)] = [
      ("memory.kernel", (memory?.kernel ?? -1) != -1), ("memory.kernelTCP", (memory?.kernelTCP ?? -1) != -1),
      ("memory.swappiness", memory?.swappiness != nil), ("memory.disableOOMKiller", memory?.disableOOMKiller == true),
      ("memory.useHierarchy false", memory?.useHierarchy == false),
      ("cpu.realtimeRuntime", (cpu?.realtimeRuntime ?? 0) != 0), ("cpu.realtimePeriod", cpu?.realtimePeriod != nil),
      ("blockIO.leafWeight", blockIO?.leafWeight != nil),
      ("blockIO.weightDevice.leafWeight", blockIO?.weightDevice?.contains { ($0.leafWeight ?? 0) != 0 } == true),
      ("network.classID", (network?.classID ?? 0) != 0), ("network.priorities", network?.priorities?.isEmpty == false),
    ]
    if let (name, _) = asked.first(where: \.1) {
      throw .unsuitable("\(name) is a setting of cgroup v1, and the node has v2")
    }
  }

  private var unifiedBlockIO: [CgroupSetting] {
    guard let blockIO else { return [] }
    var settings: [CgroupSetting] = []
    /// BFQ takes the weight as it is; the cost model of Linux 5.4 counts from 1 to 10,000.
    func set(_ key: String, _ weight: UInt16?) {
      guard let weight, weight >= 10 else { return }
      let wide = 1 + (UInt64(weight) - 10) * 9_999 / 990
      settings.append(
        CgroupSetting(
          nil,
          [
            .init(file: "io.bfq.weight", value: ByteString("\(key) \(weight)")),
            .init(file: "io.weight", value: ByteString("\(key) \(wide)")),
          ], form: .entry(absent: "default")))
    }
    set("default", blockIO.weight)
    for device in blockIO.weightDevice ?? [] { set("\(device.major):\(device.minor)", device.weight) }
    for (name, devices) in [
      ("rbps", blockIO.throttleReadBpsDevice), ("wbps", blockIO.throttleWriteBpsDevice),
      ("riops", blockIO.throttleReadIOPSDevice), ("wiops", blockIO.throttleWriteIOPSDevice),
    ] {
      for device in devices ?? [] {
        // 0 takes a limit away, as in v1.
        let rate = device.rate == 0 ? "max" : "\(device.rate)"
        settings.append(
          CgroupSetting(
            nil, "io.max", ByteString("\(device.major):\(device.minor) \(name)=\(rate)"),
            form: .entry(absent: "rbps=max wbps=max riops=max wiops=max")))
      }
    }
    return settings
  }
}

extension MemoryResources {
  /// Swap alone, in bytes: v1 and the specification limit memory and swap together.
  fileprivate func unifiedSwap(updating present: UnifiedValues?) throws(ContainerError) -> Int64? {
    guard swap != -1 else { return -1 }
    guard let total = swap else {
      // As runc has it: who lifts the limit of memory means both.
      return limit == -1 && present != nil ? -1 : nil
    }
    guard let limit = limit ?? present?.memoryMaximum, limit != -1 else {
      throw .unsuitable("a limit of memory with swap needs a limit of memory")
    }
    guard total >= limit else {
      throw .unsuitable("the limit of memory with swap, \(total), is below that of memory, \(limit)")
    }
    return total - limit
  }
}

/// The share of processor time in cgroup v2.
enum CPUWeight {
  /// The weight, 1 to 10,000, that stands for a number of shares, 2 to 262,144.
  ///
  /// The curve goes through both ends and through both defaults, 1,024 shares and weight 100, so that a container
  /// with the default is not set back against processes without any; a straight line gives it 39.
  static func fromShares(_ shares: UInt64) -> UInt64 {
    if shares <= 2 { return 1 }
    if shares >= 262_144 { return 10_000 }
    let exponent = log2(Double(shares))
    return UInt64(pow(10, (exponent * exponent + 125 * exponent) / 612 - 7.0 / 34).rounded(.up))
  }
}
