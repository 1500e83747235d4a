import Bytes
@testable import Policy
import RuntimeSpec
import StrictJSON
import Testing

/// What a conformance policy carries of scheduling, memory and devices: the kernel's numbers.
struct SentProcessTests {
  private let policy = Policy(name: "suite", version: 1, mode: .conformance)

  private func evaluate(_ changes: [(JSONPointer, JSONValue?)]) throws -> Evaluation {
    let pod = try Pod()
    let document = changes.reduce(pod.containerDocument) { $0.replacing($1.0, with: $1.1) }
    return policy.evaluate(try pod.create(Pod.containerID, document), on: NodeState(containers: []))
  }

  @Test(
    arguments: [
      ("0", [0...0]), ("0-3,7", [0...3, 7...7]), ("5-5", [5...5]), ("32767", [32767...32767]),
    ] as [(ByteString, [ClosedRange<Int>])])
  func `a list of numbers is read`(_ text: ByteString, _ ranges: [ClosedRange<Int>]) throws {
    let list = try #require(IndexList(text))
    #expect(list.ranges == ranges)
    #expect(IndexList(list.text) == list)
  }

  @Test(arguments: ["", ",", "1,", "-1", "3-1", "1-2-3", "0x1", " 1", "1-", "32768", "01", "a"] as [ByteString])
  func `what is no list is refused`(_ text: ByteString) { #expect(IndexList(text) == nil) }

  @Test func `scheduling is carried in the kernel's numbers`() throws {
    let plan = try evaluate([
      (
        "/process/scheduler",
        [
          "policy": "SCHED_DEADLINE", "flags": ["SCHED_FLAG_RESET_ON_FORK", "SCHED_FLAG_UTIL_CLAMP_MAX"], "runtime": 1,
          "deadline": 2, "period": 3,
        ]
      ),
      ("/process/ioPriority", ["class": "IOPRIO_CLASS_IDLE", "priority": 4]),
      ("/process/execCPUAffinity", ["initial": "0-1", "final": ""]),
      ("/linux/memoryPolicy", ["mode": "MPOL_WEIGHTED_INTERLEAVE", "nodes": "0", "flags": ["MPOL_F_STATIC_NODES"]]),
      ("/linux/personality", ["domain": "LINUX32"]),
    ]).container()
    #expect(
      plan.process.scheduler
        == SchedulerPlan(policy: 6, flags: 0x41, nice: 0, priority: 0, runtime: 1, deadline: 2, period: 3))
    #expect(plan.process.ioPriority == IOPriorityPlan(class: 3, level: 4))
    #expect(plan.process.affinity == CPUAffinityPlan(initial: IndexList("0-1"), final: nil))
    #expect(
      plan.domain
        == ProcessDomain(memoryPolicy: .init(mode: 6 | 1 << 15, nodes: IndexList("0")), personality: 8))
  }

  @Test(
    arguments: [
      ("/process/scheduler", ["policy": "SCHED_FIFO"], "/process/scheduler/priority"),
      ("/process/scheduler", ["policy": "SCHED_RR", "priority": 100], "/process/scheduler/priority"),
      ("/process/scheduler", ["policy": "SCHED_OTHER", "nice": -21], "/process/scheduler/nice"),
      ("/process/scheduler", ["policy": "SCHED_IDLE", "nice": 1], "/process/scheduler/nice"),
      ("/process/scheduler", ["policy": "SCHED_OTHER", "period": 1], "/process/scheduler/period"),
      ("/process/ioPriority", ["class": "IOPRIO_CLASS_BE", "priority": -1], "/process/ioPriority/priority"),
      ("/process/execCPUAffinity", ["final": "a"], "/process/execCPUAffinity/final"),
      ("/linux/memoryPolicy", ["mode": "MPOL_BIND", "nodes": "0,"], "/linux/memoryPolicy/nodes"),
      ("/linux/personality", ["domain": "LINUX", "flags": ["X"]], "/linux/personality/flags"),
      ("/linux/intelRdt", ["closID": "a/b"], "/linux/intelRdt/closID"),
      ("/linux/intelRdt", ["schemata": ["L3:0=f", "L3:0=f\nMB:0=1"]], "/linux/intelRdt/schemata/1"),
      ("/linux/intelRdt", ["memBwSchema": "L3:0=f"], "/linux/intelRdt/memBwSchema"),
      ("/process/cwd", "x", "/process/cwd"), ("/linux/maskedPaths", ["/a", "b"], "/linux/maskedPaths/1"),
      ("/linux/readonlyPaths", [""], "/linux/readonlyPaths/0"), ("/annotations", ["": "x"], "/annotations"),
      ("/linux/sysctl", ["vm.swappiness": "1"], "/linux/sysctl/vm.swappiness"),
      ("/linux/sysctl", ["kernel.hostname": "x"], "/linux/sysctl/kernel.hostname"),
      ("/linux/netDevices", ["a": ["name": "0123456789012345"]], "/linux/netDevices/a/name"),
      (
        "/linux/seccomp", ["defaultAction": "SCMP_ACT_ALLOW", "listenerMetadata": "x"],
        "/linux/seccomp/listenerMetadata"
      ),
      ("/linux/seccomp", ["defaultAction": "SCMP_ACT_KILL", "defaultErrnoRet": 1], "/linux/seccomp/defaultErrnoRet"),
      (
        "/linux/seccomp",
        [
          "defaultAction": "SCMP_ACT_ALLOW", "listenerPath": "/a",
          "syscalls": [["names": ["write"], "action": "SCMP_ACT_NOTIFY"]],
        ], "/linux/seccomp/syscalls/0"
      ),
    ] as [(JSONPointer, JSONValue, JSONPointer)])
  func `what would be dropped or cannot be is refused at its place`(
    _ pointer: JSONPointer, _ value: JSONValue, _ place: JSONPointer
  ) throws {
    let evaluation = try evaluate([(pointer, value)])
    #expect(evaluation.violations.map(\.pointer) == [place])
    #expect(!evaluation.isAdmitted)
  }

  @Test func `a listener is carried only where the filter asks`() throws {
    let asks: JSONValue = [
      "defaultAction": "SCMP_ACT_ALLOW", "listenerPath": "/run/a", "listenerMetadata": "m",
      "syscalls": [["names": ["mkdir"], "action": "SCMP_ACT_NOTIFY"]],
    ]
    #expect(
      try evaluate([("/linux/seccomp", asks)]).container().seccompListener
        == SeccompListener(path: "/run/a", metadata: "m"))
    let silent: JSONValue = ["defaultAction": "SCMP_ACT_ALLOW", "listenerPath": "relative"]
    #expect(try evaluate([("/linux/seccomp", silent)]).container().seccompListener == nil)
  }

  @Test func `classes and devices are carried in order`() throws {
    let plan = try evaluate([
      (
        "/linux/intelRdt",
        ["schemata": ["L2:0=1"], "memBwSchema": "MB:0=20", "l3CacheSchema": "L3:0=f", "enableMonitoring": true]
      ),
      ("/linux/netDevices", ["b": ["name": "eth%d"], "a": [:]]),
    ]).container()
    #expect(
      plan.resourceControl
        == ResourceControlPlan(group: nil, schemata: ["L3:0=f", "MB:0=20", "L2:0=1"], monitored: true))
    #expect(plan.networkDevices.map(\.name) == ["a", "b"])
    #expect(plan.networkDevices.map(\.newName) == ["a", "eth%d"])
  }
}
