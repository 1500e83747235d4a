import Bytes
@testable import Policy
import RuntimeSpec
import StrictJSON
import Testing

struct ModeTests {
  @Test func `audit mode admits as sent and tells what it would have refused`() throws {
    let enforcing = try Pod()
    let auditing = try Pod(changing: [("/mode", "audit")])
    let changes: [(JSONPointer, JSONValue?)] = [("/process/user/uid", 0), ("/process/env/12", "LD_PRELOAD=x")]
    let refused = try enforcing.evaluate(changing: changes)
    let admitted = try auditing.evaluate(changing: changes)
    #expect(!refused.isAdmitted)
    #expect(admitted.violations == refused.violations)
    #expect(admitted.trace == refused.trace)
    let plan = try admitted.container()
    #expect(plan.entry == nil)
    #expect(plan.process.uid == 0)
    #expect(plan.root.source == .directory("/run/containerd/io.containerd.runtime.v2.task/k8s.io/x/rootfs"))
    // Without a violation it is the same plan as under enforcement.
    #expect(try auditing.evaluate().outcome == enforcing.evaluate().outcome)
    #expect(auditing.policy.canonicalBundle() != enforcing.policy.canonicalBundle())
  }

  @Test func `a conformance policy launches what was sent`() throws {
    let policy = Policy(name: "suite", version: 1, mode: .conformance)
    let pod = try Pod()
    let document = pod.containerDocument
      .replacing(
        "/mounts/11",
        with: [
          "destination": "mnt/./x/", "type": "bind", "source": "data",
          "options": ["rbind", "rro", "rslave", "noatime"],
        ]
      )
      .replacing(
        "/linux/devices", with: [["path": "/dev/x", "type": "c", "major": 1, "minor": 3, "fileMode": 0o20644]]
      )
      .replacing("/process/rlimits", with: [["type": "RLIMIT_NOFILE", "hard": JSONValue(UInt64.max), "soft": 7]])
      .replacing("/linux/cgroupsPath", with: "a-b.slice:x:y")
    let plan = try policy.evaluate(try pod.create(Pod.containerID, document), on: NodeState(containers: [])).container()
    let mount = try #require(plan.mounts.last)
    #expect(mount.destination == "/mnt/x")
    #expect(
      mount.source
        == .bind("/run/containerd/io.containerd.runtime.v2.task/k8s.io/x/data", recursive: true, throughLinks: true))
    #expect(mount.attributes == .noAccessTime)
    #expect(mount.recursiveAttributes == .readOnly)
    #expect(mount.propagation == .slave)
    #expect(
      plan.mounts[1].source
        == .fileSystem(
          type: "tmpfs", source: "tmpfs",
          parameters: [MountParameter(key: "mode", value: "755"), MountParameter(key: "size", value: "65536k")]))
    #expect(plan.mounts[1].attributes == [.noSetuid, .strictAccessTime])
    #expect(plan.mounts[5].source == .cgroup)
    #expect(plan.devices.map(\.mode) == [0o644])
    #expect(plan.process.limits == [ProcessPlan.ResourceLimit(resource: 7, soft: 7, hard: .max)])
    #expect(plan.cgroup.path == "/a.slice/a-b.slice/x-y.scope")
    #expect(plan.namespaces.contains(NamespacePlan(kind: .network, origin: .path("/proc/1742/ns/net"))))
    #expect(plan.process.streams.input)
  }

  @Test func `a conformance policy carries hooks with absolute paths, and refuses others`() throws {
    let policy = Policy(name: "suite", version: 1, mode: .conformance)
    let pod = try Pod()
    let node = NodeState(containers: [])
    let document = pod.containerDocument.replacing("/hooks", with: ["poststop": [["path": "/bin/x", "env": ["A=1"]]]])
    let plan = try policy.evaluate(try pod.create(Pod.containerID, document), on: node).container()
    #expect(plan.hooks?[.poststop].map(\.arguments) == [["/bin/x"]])
    let relative = pod.containerDocument.replacing("/hooks", with: ["poststop": [["path": "bin/x"]]])
    let refused = policy.evaluate(try pod.create(Pod.containerID, relative), on: node)
    #expect(refused.violations.map(\.pointer) == ["/hooks/poststop/0/path"])
    let empty = pod.containerDocument.replacing("/hooks", with: ["prestart": []])
    #expect(try policy.evaluate(try pod.create(Pod.containerID, empty), on: node).container().hooks == nil)
  }

  @Test func `a filter that was sent is carried to the launch, and every later process gets that of the container`()
    throws
  {
    let policy = Policy(name: "suite", version: 1, mode: .conformance)
    let pod = try Pod()
    let profile: JSONValue = [
      "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [["names": ["mkdir"], "action": "SCMP_ACT_TRAP"]],
    ]
    let document = pod.containerDocument.replacing("/linux/seccomp", with: profile)
    let created = policy.evaluate(try pod.create(Pod.containerID, document), on: NodeState(containers: []))
    #expect(try created.container().process.seccomp == .profile(Seccomp(json: profile)))
    let process = try Process(json: try #require(pod.containerDocument["/process"]))
    let entered = policy.evaluate(
      .exec(ExecRequest(id: Pod.containerID, process: process)), on: NodeState(containers: []))
    guard case .admit(.exec(let plan)) = entered.outcome else { throw NotAdmitted(evaluation: entered) }
    #expect(plan.process.seccomp == .ofContainer)
  }

  @Test func `a cgroup beneath the container's is taken as sent, and none above it`() throws {
    let policy = Policy(name: "suite", version: 1, mode: .conformance)
    let process = try Process(json: try #require(try Pod().containerDocument["/process"]))
    func exec(_ cgroups: ByteString...) -> Evaluation {
      policy.evaluate(
        .exec(ExecRequest(id: Pod.containerID, process: process, cgroups: cgroups)), on: NodeState(containers: []))
    }
    let evaluation = exec("a/b", "freezer,memory:/c", "/")
    guard case .admit(.exec(let plan)) = evaluation.outcome else { throw NotAdmitted(evaluation: evaluation) }
    #expect(
      plan.subgroups == [
        Subgroup(controllers: [], path: "/a/b"), Subgroup(controllers: ["freezer", "memory"], path: "/c"),
        Subgroup(controllers: [], path: "/"),
      ])
    for wrong in ["..", "a/../..", "freezer:../b", "", "a//b", "a/", ",:a", "freezer:", "a\0b"] as [ByteString] {
      #expect(exec(wrong).codes == [.cgroupPath])
    }
  }

  @Test(
    arguments: [
      ("/linux/seccomp", ["defaultAction": "SCMP_ACT_NOTIFY"]),
      (
        "/linux/seccomp",
        ["defaultAction": "SCMP_ACT_ALLOW", "syscalls": [["names": ["mkdir"], "action": "SCMP_ACT_NOTIFY"]]]
      ),
      ("/hooks", ["prestart": [["path": "bin/true"]]]),
      ("/linux/resources/blockIO", ["weight": 9]), ("/process/scheduler", ["policy": "SCHED_FIFO"]),
      ("/mounts/0/options/0", "idmap"), ("/mounts/0/destination", "/a/../b"), ("/linux/cgroupsPath", "/a/../b"),
      ("/process/args", []), ("/process/cwd", "tmp"), ("/process", nil), ("/mounts/6/options/0", "size=1"),
    ] as [(JSONPointer, JSONValue?)])
  func `what cannot be made is refused also where all is admitted`(_ pointer: JSONPointer, _ value: JSONValue?) throws {
    let policy = Policy(name: "suite", version: 1, mode: .conformance)
    let pod = try Pod()
    let document = pod.containerDocument.replacing(pointer, with: value)
    let evaluation = policy.evaluate(try pod.create(Pod.containerID, document), on: NodeState(containers: []))
    #expect(!evaluation.isAdmitted)
    #expect(evaluation.violations.count == 1)
  }

  @Test(
    arguments: [
      ("/linux/sysctl", "kernel.core_pattern"), ("/linux/sysctl", "vm.swappiness"), ("/linux/sysctl", "net/core/x"),
      ("/linux/sysctl", "net.//.kernel.core_pattern"), ("/linux/sysctl", "net..x"), ("/linux/sysctl", "net.x./"),
      ("/linux/resources/unified", "../memory.max"), ("/linux/resources/unified", "/etc/x"),
      ("/linux/resources/unified", ""),
    ] as [(JSONPointer, ByteString)])
  func `what would change the node is refused also where all is admitted`(_ place: JSONPointer, _ key: ByteString)
    throws
  {
    let policy = Policy(name: "suite", version: 1, mode: .conformance)
    let pod = try Pod()
    var members = JSONObject()
    members[key] = "1"
    let document = pod.containerDocument.replacing(place, with: .object(members))
    let evaluation = policy.evaluate(try pod.create(Pod.containerID, document), on: NodeState(containers: []))
    #expect(evaluation.violations.map(\.pointer) == [place / key])
  }

  @Test(
    arguments: [
      (["ro"], .readOnly), (["ro", "rw"], []), (["rw", "ro"], .readOnly),
      (["noatime", "strictatime"], .strictAccessTime),
      (["strictatime", "noatime"], .noAccessTime), (["noatime", "relatime"], []), (["noatime", "atime"], []),
      (["nosuid", "nodev", "noexec", "suid"], [.noDevices, .noExec]), (["defaults"], []),
      (["nosymfollow"], .noSymlinks), (["nodiratime"], .noDirectoryAccessTime),
    ] as [([ByteString], MountAttributes)])
  func `the later of two mount options wins`(_ options: [ByteString], _ attributes: MountAttributes) throws {
    var mount = try Mount(json: ["destination": "/a", "type": "tmpfs"])
    mount.options = options
    let plan = try MountPlan(sent: mount, at: "")
    #expect(plan.attributes == attributes)
    #expect(plan.source == .fileSystem(type: "tmpfs", source: "tmpfs", parameters: []))
    #expect(try MountPlan(sent: mount, forced: .noExec, at: "").attributes == attributes.union(.noExec))
  }

  @Test(
    arguments: [
      (nil, "/ward/c"), ("", "/ward/c"), ("/a/b", "/a/b"), ("a/b", "/ward/a/b"), ("/", nil), ("/a/", nil),
      ("/a//b", nil), ("..", nil), ("a:b", "/ward/a:b"), (":x:y", "/system.slice/x-y.scope"),
      ("-.slice:x:y", "/x-y.scope"), ("a-b-c.slice:x:y", "/a.slice/a-b.slice/a-b-c.slice/x-y.scope"),
      ("a.slice::y", "/a.slice/y.scope"), ("a.slice:x:../y", nil), ("../a.slice:x:y", nil),
      ("a--b.slice:x:y", nil), ("user.slice:x:y.slice", "/user.slice/y.slice"),
    ] as [(ByteString?, ByteString?)])
  func `a cgroup path is absolute and clean`(_ sent: ByteString?, _ planned: ByteString?) {
    #expect(CgroupPlan.path(sent, id: Pod.id("c")) == planned)
  }
}
