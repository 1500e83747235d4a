import Bytes
import RuntimeSpec
package import StrictJSON

private var place: JSONPointer { "/linux/resources" }

extension Attempt {
  /// Checks the limits of the cgroup and its place.
  mutating func check(
    _ resources: Resources?, _ path: ByteString?, _ entry: ContainerEntry, _ shape: PlatformShape, id: ContainerID
  ) -> CgroupPlan {
    trace.append(.cgroup)
    check(path, shape.cgroupsPath, .cgroupPath, at: "/linux/cgroupsPath")
    check(devices: resources?.devices ?? [], shape)
    check(limits: resources, entry, shape)
    check(otherThanLimits: resources, shape)
    let plannedPath = CgroupPlan.path(path, id: id)
    if plannedPath == nil {
      deny(.cgroupPath, at: "/linux/cgroupsPath", expected: "a path without //, . and ..", got: path.quoted)
    }
    return CgroupPlan(
      path: plannedPath ?? "", resources: ResourcePlan(resources, ceilings: entry.limits),
      deviceRules: shape.deviceRules)
  }

  /// Checks what is to change: each value by the rule that it had to keep at the creation.
  mutating func check(update id: ContainerID, _ resources: Resources, _ entry: ContainerEntry, _ shape: PlatformShape) {
    // The rules cannot be others than at the creation: nothing to do.
    if let devices = resources.devices { check(devices: devices, shape) }
    check(limits: resources, entry, shape, isUpdate: true)
    check(otherThanLimits: resources, shape)
    plan = .update(UpdatePlan(id: id, resources: ResourcePlan(resources), deviceRules: nil))
  }

  private mutating func check(devices: [DeviceRule], _ shape: PlatformShape) {
    trace.append(.devices)
    let sent = devices.map(CgroupPlan.DeviceRule.init(sent:))
    // Said twice in a row it is one rule: Podman denies all devices to the first container of a pod twice.
    let rules = sent.indices.filter { $0 == 0 || sent[$0] != sent[$0 - 1] }.map { sent[$0] }
    if rules != shape.deviceRules.map(Optional.some) {
      deny(
        .deviceRules, at: place / "devices", expected: "\(shape.deviceRules.count) rules of the platform",
        got: "\(rules.count) rules, some of them others")
    }
  }

  private mutating func check(
    limits resources: Resources?, _ entry: ContainerEntry, _ shape: PlatformShape, isUpdate: Bool = false
  ) {
    trace.append(.limits)
    for resource in LimitedResource.allCases {
      let value = resources.flatMap(resource.value)
      let rule = entry.limits.rules[resource] ?? shape.limits.rules[resource]
      switch (value, rule) {
      case (nil, nil): break
      case (nil, let rule?):
        if !rule.isOptional && !isUpdate { deny(.limit, at: resource.pointer, expected: rule.text, got: "nothing") }
      case (let value?, nil): deny(.limit, at: resource.pointer, expected: "nothing", got: "\(value)")
      case (let value?, let rule?):
        if !rule.range.contains(value) { deny(.limit, at: resource.pointer, expected: rule.text, got: "\(value)") }
      }
    }
  }

  private mutating func check(otherThanLimits resources: Resources?, _ shape: PlatformShape) {
    guard let resources else { return }
    for (key, value) in (resources.unified ?? [:]).sorted(by: { $0.key < $1.key }) {
      check(value, shape.unified[key], .resource, at: place / "unified" / key)
    }
    if let memory = resources.memory {
      deny(.resource, at: place / "memory" / "kernel", ifPresent: memory.kernel)
      deny(.resource, at: place / "memory" / "kernelTCP", ifPresent: memory.kernelTCP)
      deny(.resource, at: place / "memory" / "swappiness", ifPresent: memory.swappiness)
      deny(.resource, at: place / "memory" / "disableOOMKiller", ifPresent: memory.disableOOMKiller)
      deny(.resource, at: place / "memory" / "useHierarchy", ifPresent: memory.useHierarchy)
      deny(.resource, at: place / "memory" / "checkBeforeUpdate", ifPresent: memory.checkBeforeUpdate)
    }
    if let cpu = resources.cpu {
      deny(.resource, at: place / "cpu" / "burst", ifPresent: cpu.burst)
      deny(.resource, at: place / "cpu" / "realtimeRuntime", ifPresent: cpu.realtimeRuntime)
      deny(.resource, at: place / "cpu" / "realtimePeriod", ifPresent: cpu.realtimePeriod)
      deny(.resource, at: place / "cpu" / "cpus", ifPresent: cpu.cpus)
      deny(.resource, at: place / "cpu" / "mems", ifPresent: cpu.mems)
      deny(.resource, at: place / "cpu" / "idle", ifPresent: cpu.idle)
    }
    deny(.resource, at: place / "blockIO", ifPresent: resources.blockIO)
    deny(.resource, at: place / "hugepageLimits", ifPresent: resources.hugepageLimits)
    deny(.resource, at: place / "network", ifPresent: resources.network)
    deny(.resource, at: place / "rdma", ifPresent: resources.rdma)
  }
}

extension LimitRule {
  fileprivate var text: String { "a number from \(range.lowerBound) to \(range.upperBound)" }
}

extension LimitedResource {
  /// What a command states; a UInt64 that Int64 cannot hold stands for the greatest number.
  func value(_ resources: Resources) -> Int64? {
    switch self {
    case .memory: resources.memory?.limit
    case .memoryReservation: resources.memory?.reservation
    case .memorySwap: resources.memory?.swap
    case .pids: resources.pids?.limit
    case .cpuShares: resources.cpu?.shares.map(Int64.init(clamping:))
    case .cpuQuota: resources.cpu?.quota
    case .cpuPeriod: resources.cpu?.period.map(Int64.init(clamping:))
    }
  }

  /// Where it stands in config.json.
  package var pointer: JSONPointer {
    switch self {
    case .memory: "/linux/resources/memory/limit"
    case .memoryReservation: "/linux/resources/memory/reservation"
    case .memorySwap: "/linux/resources/memory/swap"
    case .pids: "/linux/resources/pids/limit"
    case .cpuShares: "/linux/resources/cpu/shares"
    case .cpuQuota: "/linux/resources/cpu/quota"
    case .cpuPeriod: "/linux/resources/cpu/period"
    }
  }
}
