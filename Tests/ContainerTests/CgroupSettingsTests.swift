import Bytes
import Testing

@testable import Container
@testable import Policy

extension CgroupPlan {
  /// Limits for these tests.
  fileprivate init(
    memory: Int64? = nil, swap: Int64? = nil, reservation: Int64? = nil, pids: Int64? = nil, shares: UInt64? = nil,
    quota: Int64? = nil, period: UInt64? = nil, cpus: ByteString? = nil, unified: [ByteString: ByteString] = [:],
    rules: [DeviceRule] = []
  ) {
    self.init(
      path: "/ward/x", memoryLimit: memory, memoryReservation: reservation, memorySwap: swap, pidsLimit: pids,
      cpuShares: shares, cpuQuota: quota, cpuPeriod: period, cpusetCPUs: cpus, cpusetMemory: nil, deviceRules: rules,
      unified: unified)
  }
}

@Suite struct CgroupSettingsTests {
  private func legacy(_ plan: CgroupPlan) throws -> [String] {
    try plan.legacySettings().filter { $0.controller != .devices }.map { "\($0.file)=\($0.value)" }
  }

  private func unified(_ plan: CgroupPlan) throws -> [String] {
    try plan.unifiedSettings().map { "\($0.file)=\($0.value)" }
  }

  @Test func `limits become files of v1 in the order that the kernel needs`() throws {
    let plan = CgroupPlan(
      memory: 1 << 30, swap: 2 << 30, reservation: 5, pids: 64, shares: 512, quota: 50_000, period: 100_000, cpus: "0-1"
    )
    #expect(
      try legacy(plan) == [
        "pids.max=64", "memory.limit_in_bytes=1073741824", "memory.memsw.limit_in_bytes=2147483648",
        "memory.soft_limit_in_bytes=5", "cpu.shares=512", "cpu.cfs_period_us=100000", "cpu.cfs_quota_us=50000",
        "cpuset.cpus=0-1",
      ])
    #expect(try legacy(CgroupPlan()) == [])
    #expect(
      try legacy(CgroupPlan(memory: -1, swap: -1, pids: -1)) == [
        "pids.max=max", "memory.limit_in_bytes=-1", "memory.memsw.limit_in_bytes=-1",
      ])
  }

  @Test func `limits become files of v2`() throws {
    let plan = CgroupPlan(
      memory: 1 << 30, swap: 2 << 30, reservation: 5, pids: 64, shares: 1024, quota: 50_000, period: 100_000,
      cpus: "0-1", unified: ["memory.high": "7", "cpu.weight": "50"])
    #expect(
      try unified(plan) == [
        "pids.max=64", "memory.max=1073741824", "memory.swap.max=1073741824", "memory.low=5", "cpu.weight=100",
        "cpu.max=50000 100000", "cpuset.cpus=0-1", "cpu.weight=50", "memory.high=7",
      ])
    #expect(try unified(CgroupPlan()) == [])
    #expect(
      try unified(CgroupPlan(memory: -1, swap: -1, pids: -1, quota: -1))
        == ["pids.max=max", "memory.max=max", "memory.swap.max=max", "cpu.max=max"])
    #expect(try unified(CgroupPlan(memory: 5, swap: 5)) == ["memory.max=5", "memory.swap.max=0"])
    #expect(try unified(CgroupPlan(period: 200_000)) == ["cpu.max=max 200000"])
  }

  @Test func `a limit of swap that has no meaning in v2 is refused`() {
    #expect(throws: ContainerError.self) { try CgroupPlan(swap: 5).unifiedSettings() }
    #expect(throws: ContainerError.self) { try CgroupPlan(memory: 6, swap: 5).unifiedSettings() }
    #expect(throws: ContainerError.self) { try CgroupPlan(memory: -1, swap: 5).unifiedSettings() }
  }

  @Test(
    arguments: [(0, 1), (2, 1), (1024, 100), (262_144, 10_000), (.max, 10_000), (3, 2), (512, 59)] as [(UInt64, UInt64)]
  )
  func `shares become a weight`(_ shares: UInt64, _ weight: UInt64) {
    #expect(CPUWeight.fromShares(shares) == weight)
  }

  @Test func `more shares never weigh less`() {
    let weights = (2...262_144 as ClosedRange<UInt64>).map(CPUWeight.fromShares)
    #expect(zip(weights, weights.dropFirst()).allSatisfy { $0 <= $1 })
  }

  @Test func `a rule for a FIFO is refused`() {
    let rule = CgroupPlan.DeviceRule(
      allow: true, kind: .fifo, major: nil, minor: nil, read: true, write: true, make: true)
    #expect(throws: ContainerError.self) { try CgroupPlan(rules: [rule]).containerRules }
  }

  @Test(arguments: [
    ("/a", true), ("/a/b", true), ("/", false), ("", false), ("a", false), ("/a/", false), ("/a/..", false),
  ])
  func `a container's cgroup is clean and not the root`(_ path: ByteString, _ usable: Bool) {
    #expect(Cgroup.isUsable(path) == usable)
  }
}
