import Bytes
import RuntimeSpec
import StrictJSON
import Testing

@Test func `a restricted container as containerd writes it is read`() throws {
  let spec = try Spec.decode(fixture("containerd-cri/container.json"), file: "config.json")
  #expect(spec.ociVersion.text == "1.0.2-dev")
  #expect(spec.process?.args == ["python3", "/srv/serve.py", "--model", "/model", "--port", "8080"])
  #expect(spec.process?.user.uid == 10001)
  #expect(spec.process?.user.additionalGids == [10001])
  #expect(spec.process?.capabilities != nil)
  #expect(spec.process?.capabilities?.bounding == nil)
  #expect(spec.process?.noNewPrivileges == true)
  #expect(spec.root?.readonly == true)
  #expect(spec.mounts?.count == 11)
  #expect(spec.linux?.namespaces?.map(\.type) == [.pid, .ipc, .uts, .mount, .network, .cgroup])
  #expect(spec.linux?.resources?.memory?.limit == 4 << 30)
  #expect(spec.linux?.resources?.devices?.first?.access == [.read, .write, .makeNode])
  #expect(spec.linux?.seccomp?.syscalls?.last?.errnoRet == 38)
  #expect(spec.annotations?["io.kubernetes.cri.container-type"] == "container")
  #expect(spec.hostname == nil)
}

@Test func `a pod sandbox as containerd writes it is read`() throws {
  let spec = try Spec.decode(fixture("containerd-cri/sandbox.json"), file: "config.json")
  #expect(spec.process?.args == ["/pause"])
  #expect(spec.process?.capabilities?.bounding?.count == 14)
  #expect(spec.process?.capabilities?.inheritable == nil)
  #expect(spec.hostname == "embeddings-7d9c6b5f4-x2x8q")
  #expect(spec.mounts?.filter { $0.destination == "/dev/shm" }.count == 2)
  #expect(spec.annotations?["io.kubernetes.cri.container-type"] == "sandbox")
}

@Test(arguments: ["1.0.0", "1.0.2-dev", "1.3.0", "1.3.0+dev", "1.2.0-rc.2", "1.99.0"])
func `any version 1 is taken`(_ version: String) throws {
  let spec = try Spec.decode(Array(#"{"ociVersion":"\#(version)"}"#.utf8), file: "f")
  #expect(spec.ociVersion.text == ByteString(version))
}

@Test(arguments: [
  "", "1", "1.0", "2.0.0", "0.9.0", "01.0.0", "1.0.0.0", "1.0.0-", "1.0.0 ", "v1.0.0", "1.0.x", "1.-1.0", "1.0.0-é",
])
func `any other version is refused`(_ version: String) {
  let error = #expect(throws: JSONError.self) {
    try Spec.decode(Array(#"{"ociVersion":"\#(version)"}"#.utf8), file: "config.json")
  }
  #expect(error?.description.hasPrefix("config.json:1:15: /ociVersion: expected a version 1.x.y, found \"") == true)
}

@Test func `capabilities have the kernel's numbers and names`() {
  #expect(Capability.allCases.count == 41)
  #expect(Capability.allCases.allSatisfy { Capability(name: $0.name) == $0 })
  let known: [(ByteString, UInt8)] = [
    ("CAP_CHOWN", 0), ("CAP_KILL", 5), ("CAP_SETPCAP", 8), ("CAP_NET_BIND_SERVICE", 10), ("CAP_NET_ADMIN", 12),
    ("CAP_IPC_LOCK", 14), ("CAP_SYS_CHROOT", 18), ("CAP_SYS_PTRACE", 19), ("CAP_SYS_ADMIN", 21), ("CAP_SYS_TIME", 25),
    ("CAP_MKNOD", 27), ("CAP_SETFCAP", 31), ("CAP_SYSLOG", 34), ("CAP_AUDIT_READ", 37), ("CAP_PERFMON", 38),
    ("CAP_BPF", 39), ("CAP_CHECKPOINT_RESTORE", 40),
  ]
  for (name, number) in known { #expect(Capability(name: name)?.rawValue == number) }
  #expect(Capability.sysAdmin.name == "CAP_SYS_ADMIN")
  for wrong: ByteString in ["chown", "CHOWN", "cap_chown", "CAP_CHOWN ", "CAP_ALL", "ALL", ""] {
    #expect(Capability(name: wrong) == nil)
  }
}

@Test(arguments: ["", "x", "rr", "rwmx", "RW", "r w"])
func `device access is letters of rwm, each once`(_ access: String) {
  let error = #expect(throws: JSONError.self) {
    try DeviceRule.decode(Array(#"{"allow":true,"access":"\#(access)"}"#.utf8), file: "f")
  }
  #expect(error?.pointer == "/access")
}

@Test func `a process and resources are documents of their own`() throws {
  let process = try Process.decode(
    Array(#"{"user":{"uid":0,"gid":0},"args":["sh"],"cwd":"/"}"#.utf8), file: "process.json")
  #expect(process.args == ["sh"])
  let resources = try Resources.decode(Array(#"{"memory":{"limit":-1},"cpu":{},"pids":{"limit":5}}"#.utf8), file: "-")
  #expect(resources.memory?.limit == -1)
  #expect(resources.pids?.limit == 5)
  let error = #expect(throws: JSONError.self) {
    try Process.decode(Array(#"{"user":{"uid":0},"args":["sh"],"cwd":"/"}"#.utf8), file: "process.json")
  }
  #expect(error?.description == "process.json:1:9: /user/gid: expected the field, found nothing")
}

@Test func `the state is written in runc's order and read back`() throws {
  var state = State(id: "one", status: .running, pid: 42, bundle: "/run/bundle")
  state.rootfs = "/run/bundle/rootfs"
  state.created = "2026-11-21T03:38:57.123456789Z"
  state.owner = ""
  state.annotations = ["b": "2", "a": "1"]
  let text = JSONWriter.encode(state.json)
  let expected: ByteString = """
    {"ociVersion":"1.3.0","id":"one","pid":42,"status":"running","bundle":"/run/bundle",\
    "rootfs":"/run/bundle/rootfs","created":"2026-11-21T03:38:57.123456789Z",\
    "annotations":{"a":"1","b":"2"},"owner":""}
    """
  #expect(ByteString(text) == expected)
  #expect(try State.decode(text, file: "state") == state)
  #expect(throws: JSONError.self) {
    try State.decode(Array(#"{"ociVersion":"1.3.0","id":"a","status":"Running","bundle":"/"}"#.utf8), file: "state")
  }
}
