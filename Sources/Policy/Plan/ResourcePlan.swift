public import Bytes
public import RuntimeSpec

/// What a container may use: from its creation on, or as an update changes it. What is nil or empty is left alone.
///
/// The values are those of the specification, but checked, and without the zeros by which Go programs say nothing.
public struct ResourcePlan: Equatable, Sendable {
  public var memory: MemoryResources?
  public var cpu: CPUResources?
  /// -1 is no limit.
  public var pidsLimit: Int64?
  public var blockIO: BlockIOResources?
  public var hugepageLimits: [HugepageLimit] = []
  public var network: NetworkResources?
  public var rdma: [ByteString: RdmaResources] = [:]
  /// Files of cgroup v2 that are written as they are.
  public var unified: [ByteString: ByteString] = [:]

  /// Changes nothing.
  public init() {}

  /// Takes resources as they were sent; what was left out is as high as the rule for it admits.
  init(_ sent: Resources?, ceilings: LimitRules = LimitRules()) {
    if let sent {
      (memory, cpu, blockIO, network) = (sent.memory, sent.cpu, sent.blockIO, sent.network)
      (pidsLimit, hugepageLimits) = (sent.pids?.limit, sent.hugepageLimits ?? [])
      (rdma, unified) = (sent.rdma ?? [:], sent.unified ?? [:])
    }
    dropZeros()
    for (resource, rule) in ceilings.rules { setIfMissing(resource, rule.range.upperBound) }
    // An empty object says nothing.
    if memory == MemoryResources() { memory = nil }
    if cpu == CPUResources() { cpu = nil }
    if blockIO == BlockIOResources() { blockIO = nil }
  }

  /// Callers that are written in Go and have no value for these send 0, which as a limit would be none that a process
  /// could live with; crun and runc leave them alone, too.
  private mutating func dropZeros() {
    func drop(_ value: inout (some FixedWidthInteger)?) { if value == 0 { value = nil } }
    func drop(_ list: inout ByteString?) { if list == "" { list = nil } }
    if var memory {
      drop(&memory.limit)
      drop(&memory.reservation)
      drop(&memory.swap)
      drop(&memory.kernel)
      drop(&memory.kernelTCP)
      self.memory = memory
    }
    if var cpu {
      drop(&cpu.shares)
      drop(&cpu.quota)
      drop(&cpu.period)
      drop(&cpu.realtimePeriod)
      drop(&cpu.cpus)
      drop(&cpu.mems)
      self.cpu = cpu
    }
    if var blockIO {
      drop(&blockIO.weight)
      drop(&blockIO.leafWeight)
      self.blockIO = blockIO
    }
  }

  private mutating func setIfMissing(_ resource: LimitedResource, _ ceiling: Int64) {
    var memory = memory ?? MemoryResources()
    var cpu = cpu ?? CPUResources()
    switch resource {
    case .memory: memory.limit = memory.limit ?? ceiling
    case .memoryReservation: memory.reservation = memory.reservation ?? ceiling
    case .memorySwap: memory.swap = memory.swap ?? ceiling
    case .pids: pidsLimit = pidsLimit ?? ceiling
    case .cpuShares: cpu.shares = cpu.shares ?? UInt64(clamping: ceiling)
    case .cpuQuota: cpu.quota = cpu.quota ?? ceiling
    case .cpuPeriod: cpu.period = cpu.period ?? UInt64(clamping: ceiling)
    }
    (self.memory, self.cpu) = (memory, cpu)
  }
}
