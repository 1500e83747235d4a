import Bytes
import RuntimeSpec
import StrictJSON
import Testing

@testable import Container
@testable import Policy

/// A plan as the decision makes it of `linux.resources`.
private func plan(_ json: JSONValue) throws -> ResourcePlan { try ResourcePlan(sent: Resources(json: json)) }

private func legacy(_ json: JSONValue) throws -> [String] {
  try plan(json).legacySettings().map { "\($0.writes[0].file)=\($0.writes[0].value)" }
}

private func unified(_ json: JSONValue, updating present: UnifiedValues? = nil) throws -> [String] {
  try plan(json).unifiedSettings(updating: present).map { "\($0.writes[0].file)=\($0.writes[0].value)" }
}

@Suite struct CgroupSettingsTests {
  @Test func `limits become files of v1 in the order that the kernel needs`() throws {
    #expect(
      try legacy([
        "memory": ["limit": 1_073_741_824, "swap": 2_147_483_648, "reservation": 5], "pids": ["limit": 64],
        "cpu": ["shares": 512, "quota": 50_000, "period": 100_000, "cpus": "0-1"],
      ]) == [
        "pids.max=64", "memory.limit_in_bytes=1073741824", "memory.memsw.limit_in_bytes=2147483648",
        "memory.soft_limit_in_bytes=5", "cpu.shares=512", "cpu.cfs_period_us=100000", "cpu.cfs_quota_us=50000",
        "cpuset.cpus=0-1",
      ])
    #expect(try legacy([:]) == [])
    #expect(
      try legacy(["memory": ["limit": -1], "pids": ["limit": -1]]) == [
        "pids.max=max", "memory.limit_in_bytes=-1", "memory.memsw.limit_in_bytes=-1",
      ])
  }

  @Test func `every resource has its file in v1`() throws {
    #expect(
      try legacy([
        "memory": [
          "kernel": 1, "kernelTCP": 2, "swappiness": 3, "disableOOMKiller": true, "useHierarchy": true,
          "checkBeforeUpdate": true,
        ],
        "cpu": ["burst": 4, "realtimeRuntime": 5, "realtimePeriod": 6, "mems": "0", "idle": 1],
        "blockIO": [
          "weight": 10, "leafWeight": 11, "weightDevice": [["major": 8, "minor": 1, "weight": 12, "leafWeight": 13]],
          "throttleReadBpsDevice": [["major": 8, "minor": 0, "rate": 14]],
          "throttleWriteBpsDevice": [["major": 8, "minor": 0, "rate": 15]],
          "throttleReadIOPSDevice": [["major": 8, "minor": 0, "rate": 16]],
          "throttleWriteIOPSDevice": [["major": 8, "minor": 0, "rate": 17]],
        ],
        "hugepageLimits": [["pageSize": "2MB", "limit": 18]],
        "network": ["classID": 19, "priorities": [["name": "eth0", "priority": 20]]],
        "rdma": ["mlx5_1": ["hcaHandles": 3, "hcaObjects": 10000], "a": ["hcaObjects": 1]],
      ]) == [
        "memory.use_hierarchy=1", "memory.kmem.limit_in_bytes=1", "memory.kmem.tcp.limit_in_bytes=2",
        "memory.swappiness=3", "memory.oom_control=1", "cpu.idle=1", "cpu.cfs_burst_us=4", "cpu.rt_period_us=6",
        "cpu.rt_runtime_us=5", "cpuset.mems=0", "blkio.bfq.weight=10", "blkio.leaf_weight=11",
        "blkio.bfq.weight_device=8:1 12", "blkio.leaf_weight_device=8:1 13", "blkio.throttle.read_bps_device=8:0 14",
        "blkio.throttle.write_bps_device=8:0 15", "blkio.throttle.read_iops_device=8:0 16",
        "blkio.throttle.write_iops_device=8:0 17", "hugetlb.2MB.limit_in_bytes=18",
        "hugetlb.2MB.rsvd.limit_in_bytes=18", "net_cls.classid=19", "net_prio.ifpriomap=eth0 20",
        "rdma.max=a hca_object=1", "rdma.max=mlx5_1 hca_handle=3 hca_object=10000",
      ])
    #expect(throws: ContainerError.self) { try legacy(["unified": ["memory.high": "1"]]) }
  }

  @Test func `limits become files of v2`() throws {
    #expect(
      try unified([
        "memory": ["limit": 1_073_741_824, "swap": 2_147_483_648, "reservation": 5], "pids": ["limit": 64],
        "cpu": ["shares": 1024, "quota": 50_000, "period": 100_000, "cpus": "0-1"],
        "unified": ["memory.high": "7", "cpu.weight": "50"],
      ]) == [
        "pids.max=64", "memory.max=1073741824", "memory.swap.max=1073741824", "memory.low=5", "cpu.weight=100",
        "cpu.max=50000 100000", "cpuset.cpus=0-1", "cpu.weight=50", "memory.high=7",
      ])
    #expect(try unified([:]) == [])
    #expect(
      try unified(["memory": ["limit": -1, "swap": -1], "pids": ["limit": -1], "cpu": ["quota": -1]])
        == ["pids.max=max", "memory.max=max", "memory.swap.max=max", "cpu.max=max"])
    #expect(try unified(["memory": ["limit": 5, "swap": 5]]) == ["memory.max=5", "memory.swap.max=0"])
    #expect(try unified(["cpu": ["period": 200_000]]) == ["cpu.max=max 200000"])
  }

  @Test func `every resource of v2 has its file`() throws {
    #expect(
      try unified([
        "memory": ["kernel": -1, "kernelTCP": -1, "disableOOMKiller": false, "useHierarchy": true],
        "cpu": ["burst": 4, "mems": "0", "idle": 1, "realtimeRuntime": 0],
        "blockIO": [
          "weight": 1000, "weightDevice": [["major": 8, "minor": 1, "weight": 12]],
          "throttleReadBpsDevice": [["major": 8, "minor": 0, "rate": 14]],
          "throttleWriteBpsDevice": [["major": 8, "minor": 0, "rate": 0]],
          "throttleReadIOPSDevice": [["major": 8, "minor": 0, "rate": 16]],
          "throttleWriteIOPSDevice": [["major": 8, "minor": 0, "rate": 17]],
        ],
        "hugepageLimits": [["pageSize": "1GB", "limit": 18]], "rdma": ["mlx5_1": ["hcaHandles": 3]],
      ]) == [
        "cpu.idle=1", "cpu.max.burst=4", "cpuset.mems=0", "io.bfq.weight=default 1000", "io.bfq.weight=8:1 12",
        "io.max=8:0 rbps=14", "io.max=8:0 wbps=max", "io.max=8:0 riops=16", "io.max=8:0 wiops=17",
        "hugetlb.1GB.max=18", "hugetlb.1GB.rsvd.max=18", "rdma.max=mlx5_1 hca_handle=3",
      ])
    let weights = try plan(["blockIO": ["weight": 1000]]).unifiedSettings()[0].writes
    #expect(weights.map(\.file) == ["io.bfq.weight", "io.weight"])
    #expect(weights[1].value == "default 10000")
  }

  @Test(
    arguments: [
      ["memory": ["kernel": 1]], ["memory": ["kernelTCP": 1]], ["memory": ["swappiness": 0]],
      ["memory": ["disableOOMKiller": true]], ["memory": ["useHierarchy": false]], ["cpu": ["realtimeRuntime": 1]],
      ["cpu": ["realtimePeriod": 1]], ["blockIO": ["leafWeight": 10]],
      ["blockIO": ["weightDevice": [["major": 8, "minor": 1, "leafWeight": 10]]]], ["network": ["classID": 1]],
      ["network": ["priorities": [["name": "lo", "priority": 0]]]],
    ] as [JSONValue])
  func `what v2 has no counterpart for is refused, not dropped`(_ resources: JSONValue) {
    #expect(throws: ContainerError.self) { try unified(resources) }
    #expect(throws: Never.self) { try legacy(resources) }
  }

  @Test func `a limit of swap that has no meaning in v2 is refused`() {
    #expect(throws: ContainerError.self) { try unified(["memory": ["swap": 5]]) }
    #expect(throws: ContainerError.self) { try unified(["memory": ["limit": 6, "swap": 5]]) }
    #expect(throws: ContainerError.self) { try unified(["memory": ["limit": -1, "swap": 5]]) }
  }

  @Test func `an update refers to what holds`() throws {
    let present = UnifiedValues(memoryMaximum: 100, cpuQuota: "5000")
    #expect(try unified(["memory": ["swap": 150]], updating: present) == ["memory.swap.max=50"])
    #expect(try unified(["memory": ["limit": 200]], updating: present) == ["memory.max=200"])
    #expect(
      try unified(["memory": ["limit": -1]], updating: present) == ["memory.max=max", "memory.swap.max=max"])
    #expect(try unified(["cpu": ["period": 200_000]], updating: present) == ["cpu.max=5000 200000"])
    #expect(try unified(["cpu": ["quota": 7000]], updating: present) == ["cpu.max=7000 100000"])
    #expect(throws: ContainerError.self) { try unified(["memory": ["swap": 50]], updating: present) }
  }

  @Test(
    arguments: [
      (.whole, "1", "max\n", "max\n"), (.entry(absent: "0"), "8:0 5", "8:0 7\n8:16 9", "8:0 7"),
      (.entry(absent: "0"), "8:0 5", "8:16 9", "8:0 0"), (.entry(absent: "0"), "8:1 5", "8:16 9", "8:1 0"),
      (
        .entry(absent: "rbps=max"), "8:0 rbps=1", "8:0 rbps=max wbps=3 riops=max wiops=max",
        "8:0 rbps=max wbps=3 riops=max wiops=max"
      ),
      (.flag("oom_kill_disable"), "1", "oom_kill_disable 0\nunder_oom 0\noom_kill 0", "0"),
    ] as [(CgroupSetting.Form, ByteString, ByteString, ByteString)])
  func `what was there can be put back`(
    _ form: CgroupSetting.Form, _ value: ByteString, _ contents: ByteString, _ former: ByteString
  ) {
    let setting = CgroupSetting(nil, "x.y", value, form: form)
    #expect(setting.undo(setting.writes[0], contents: contents).writes == [.init(file: "x.y", value: former)])
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
    #expect(throws: ContainerError.self) { try [rule].asContainer }
  }

  @Test(arguments: [
    ("/a", true), ("/a/b", true), ("/", false), ("", false), ("a", false), ("/a/", false), ("/a/..", false),
  ])
  func `a container's cgroup is clean and not the root`(_ path: ByteString, _ usable: Bool) {
    #expect(Cgroup.isUsable(path) == usable)
  }
}
