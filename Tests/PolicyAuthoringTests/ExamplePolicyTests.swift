import Bytes
import Policy
import PolicyAuthoring
import RuntimeSpec
import StrictJSON
import Testing

/// The policies in Manifests/policies, against what platforms really write.
struct ExamplePolicyTests {
  private static let sandboxID: ByteString = "5f0c8d7be2a94c1f3e6d5b4a39281706f5e4d3c2b1a09f8e7d6c5b4a39281706"
  private static let containerID: ByteString = "c3a1f9e8d7b6a5948372615049382716a5b4c3d2e1f00918273645546372819a"

  @Test(arguments: ["busybox", "inference", "inference-gpu", "conformance"])
  func `an example compiles to the same bytes each time, and its bundle can be read`(name: String) throws {
    let first = try example(name)
    let second = try example(name)
    #expect(first.bundle == second.bundle)
    #expect(first.digest == second.digest)
    #expect(try Policy.decode(bundle: first.bundle) == first.policy)
    #expect(first.policy.mode == (name == "conformance" ? .conformance : .enforce))
  }

  @Test func `the inference example says what its text says`() throws {
    let policy = try example("inference").policy
    #expect(policy.name == "embeddings")
    #expect(policy.platform?.name == "containerd-cri-1")
    #expect(Set(policy.images.keys) == ["embed-service", "minilm"])
    #expect(policy.images["minilm"]?.integrity == .dmVerity)
    #expect(Set(policy.seccomp.keys) == ["inference"])
    let embed = try #require(policy.containers["embed"])
    #expect(embed.program == .image("embed-service"))
    #expect(embed.process.arguments.first == .exact("/usr/bin/python3"))
    #expect(embed.process.arguments.last == .exact("8080"))
    #expect(embed.process.environment.exact["MODEL_THREADS"] == EnvironmentRule(.range(1...16), isOptional: true))
    #expect(embed.process.user == UserRule(uid: 10001, gid: 10001))
    #expect(embed.process.capabilities == .none)
    #expect(embed.process.noNewPrivileges)
    #expect(embed.scratch == ["/tmp": ScratchPlan(size: 64 << 20, mode: 0o1777, executable: false)])
    #expect(embed.volumes == ["/model": "minilm"])
    #expect(embed.limits.rules[.memory] == LimitRule(range: (256 << 20)...(8 << 30), isOptional: true))
    #expect(embed.limits.rules[.pids] == LimitRule(range: 1...256, isOptional: true))
    #expect(embed.signals == [9, 15])
    #expect(embed.exec["health"]?.user == embed.process.user)
    #expect(embed.exec["health"]?.environment == embed.process.environment)
    #expect(policy.sandbox?.program == .pause)
  }

  /// The files are what containerd 1.6 and 2.1 wrote for the same calls of kubelet.
  @Test(arguments: [("containerd-cri-1", "containerd-cri"), ("containerd-cri-2", "containerd-cri-2")])
  func `a pod as containerd writes it is admitted by the inference example`(platform: String, folder: String) throws {
    let text = String(decoding: try file("Manifests/policies/inference.yaml"), as: UTF8.self).split(separator: "\n")
    let policy = try compile(
      text.map { $0.hasPrefix("platform: ") ? "platform: \(platform)" : $0 }.joined(separator: "\n")
    ).policy
    #expect(policy.platform?.name == ByteString(platform))
    let sandbox = try policy.plan(Self.sandboxID, try document("\(folder)/sandbox"))
    #expect(sandbox.process.program == .pause)
    let running = NodeState.Container(
      id: sandbox.id, entry: sandbox.entry, bindings: sandbox.bindings, status: .running, pid: 1742)

    let embed = try #require(policy.containers["embed"])
    let arguments = embed.process.arguments.compactMap { if case .exact(let value) = $0 { value } else { nil } }
    let environment: [JSONValue] = [
      "PATH=/usr/bin:/bin", "MODEL_THREADS=2", "POD_IP=10.244.1.17",
      "HOSTNAME=embeddings-7d9c6b5f4-x2x8q", "KUBERNETES_PORT_443_TCP_ADDR=10.96.0.1",
    ]
    let container = try document("\(folder)/container")
      .replacing("/process/args", with: .array(arguments.map(JSONValue.string)))
      .replacing("/process/env", with: .array(environment))
    let plan = try policy.plan(Self.containerID, container, on: [running])
    #expect(plan.entry == "embed")
    #expect(plan.process.seccomp != nil)
    #expect(plan.cgroup.resources.memory?.limit == 4 << 30)
    #expect(plan.bindings["pod.uid"] == "3b6f1c52-8a4e-4d0b-9c57-2f61de08a7b3")
    #expect(throws: NotAdmitted.self) {
      try policy.plan(Self.containerID, container.replacing("/process/env", with: ["LD_PRELOAD=/x"]), on: [running])
    }
    let masked =
      ["/proc/asound", "/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list"]
      + ["/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware"] as [ByteString]
    // What newer versions of kubelet mask is masked, what an author may rely on is not.
    let newer = masked + ["/proc/interrupts", "/sys/devices/system/cpu/cpu11/thermal_throttle"]
    #expect(Set(try policy.plan(Self.containerID, masking(newer), on: [running]).maskedPaths) == Set(newer))
    // Podman lists one twice.
    #expect(
      Set(try policy.plan(Self.containerID, masking(newer + ["/proc/keys"]), on: [running]).maskedPaths) == Set(newer))
    for paths in [masked + ["/srv/revoked"], newer.filter { $0 != "/proc/kcore" }] {
      #expect(throws: NotAdmitted.self) { try policy.plan(Self.containerID, masking(paths), on: [running]) }
    }
    func masking(_ paths: [ByteString]) -> JSONValue {
      container.replacing("/linux/maskedPaths", with: .array(paths.map(JSONValue.string)))
    }
  }

  @Test(arguments: ["runc", "crun"])
  func `what a runtime's spec command writes is admitted by the busybox example`(runtime: String) throws {
    let policy = try example("busybox").policy
    let written = try StrictJSON.parse(try fixture("\(runtime)-spec.json"))
    let document = written.replacing("/process/terminal", with: false)
      .replacing("/process/args", with: ["/bin/true"])
      .replacing("/process/capabilities", with: [:])
      .replacing("/process/env", with: ["PATH=/bin", "TERM=xterm"])
    let plan = try policy.plan("box", document)
    #expect(plan.entry == "shell")
    #expect(plan.process.limits.map(\.soft) == [1, 1024], "the first is that of core dumps")
    #expect(try policy.plan("box", document.replacing("/linux/cgroupsPath", with: "/box")).cgroup.path == "/box")
    for (pointer, value) in [
      ("/linux/cgroupsPath", "/other"), ("/hostname", "a b"), ("/process/args", ["/bin/sh"]),
      ("/linux/maskedPaths", []), ("/process/rlimits", []), ("/process/terminal", true),
    ] as [(JSONPointer, JSONValue)] {
      #expect(throws: NotAdmitted.self, "\(pointer)") {
        try policy.plan("box", document.replacing(pointer, with: value))
      }
    }
  }

  @Test func `the conformance example admits what no entry describes`() throws {
    let policy = try example("conformance").policy
    let plan = try policy.plan("any", try StrictJSON.parse(try fixture("runc-spec.json")))
    #expect(plan.entry == nil)
    #expect(try example("conformance").messages.map(\.severity) == [.warning])
  }

  private func document(_ name: String) throws -> JSONValue {
    try StrictJSON.parse(try file("Tests/RuntimeSpecTests/Fixtures/\(name).json"))
  }
}
