import Bytes
import Policy
import PolicyAuthoring
import RuntimeSpec
import StrictJSON
import Testing

/// A pod that `podman kube play` started from a manifest, by `Fixtures/podman/capture`.
struct PlayedPod: CustomStringConvertible {
  let version: String
  /// That of the manifest.
  let name: String
  let containers: [String]

  static let all = ["4.3.1", "5.4.2", "5.8.6"].flatMap { version in
    [
      PlayedPod(version: version, name: "pod", containers: ["first", "box", "other"]),
      PlayedPod(version: version, name: "joined", containers: ["box"]),
    ]
  }

  var description: String { "\(name) of Podman \(version)" }
  var platform: ByteString { ByteString("podman-" + version.prefix(1)) }

  func document(_ container: String) throws -> JSONValue {
    try StrictJSON.parse(try fixture("podman/\(version)/\(name)/\(container).json"))
  }

  /// By the cgroup's path, as Podman sent it.
  func id(_ container: String) throws -> ByteString {
    guard case .object(let document) = try document(container), case .object(let linux)? = document["linux"],
      case .string(let path)? = linux["cgroupsPath"], let id = path.split(UInt8(ascii: "-")).last
    else { throw JSONError(.missing) }
    return id
  }

  func policy() throws -> Policy {
    let images: ImageLock = try StrictJSON.decode(from: try fixture("podman/images.lock"), named: "images.lock")
    let text = try generatePodman(String(decoding: try fixture("podman/\(name).yaml"), as: UTF8.self), platform)
    return try PolicySource(Array(text.utf8), named: "policy.yaml").compile(images: images).policy
  }

  /// The infra container, as it runs.
  func sandbox(_ policy: Policy) throws -> NodeState.Container {
    let plan = try policy.plan(try id("infra"), try document("infra"))
    return NodeState.Container(
      id: plan.id, entry: plan.entry, bindings: plan.bindings, status: .running, pid: try infraProcess())
  }

  /// The process whose namespaces the containers join.
  private func infraProcess() throws -> Int32 {
    guard case .object(let document) = try document("box"), case .object(let linux)? = document["linux"],
      case .array(let namespaces)? = linux["namespaces"]
    else { throw JSONError(.missing) }
    for case .object(let namespace) in namespaces {
      guard case .string(let path)? = namespace["path"] else { continue }
      return try #require(Int32(decimal: path.split(UInt8(ascii: "/"))[2]))
    }
    throw JSONError(.missing)
  }
}

/// The policy of a manifest that Podman plays.
func generatePodman(_ manifest: String, _ platform: ByteString = "podman-5") throws -> String {
  var set = ManifestSet()
  try set.add(Array(manifest.utf8), named: "pod.yaml")
  let images: ImageLock = try StrictJSON.decode(from: try fixture("podman/images.lock"), named: "images.lock")
  return try PolicyGenerator(set, images: images, imageLock: "images.lock", platform: platform).generate()
}

struct PodmanPodTests {
  /// Where a command may differ, and why: all else is one command.
  private static let free: [(prefix: String, kinds: [String])] = [
    // Each variable stands once, in whatever order; the image's /etc/passwd says which home the user has.
    ("/process/env/", ["moved"]), ("/process/env/HOME ", ["changed", "removed"]),
    // Explanations alone, among them those that the pod's author wrote.
    ("/annotations", ["removed"]), ("/annotations/note", ["changed"]),
    ("/annotations/io.kubernetes.cri-o.Created", ["changed"]), ("/annotations/org.opencontainers.image", ["changed"]),
    ("/annotations/org.systemd.property", ["changed"]),
    // What Podman may leave out.
    ("/process/env/HOSTNAME ", ["removed"]), ("/process/env/TERM ", ["removed"]),
    ("/process/env/container ", ["removed"]), ("/mounts//run/.containerenv ", ["removed"]),
    ("/mounts//etc/passwd ", ["removed"]), ("/mounts//etc/group ", ["removed"]),
    ("/mounts//etc/resolv.conf ", ["removed"]),
    ("/linux/maskedPaths//sys/dev/block", ["removed"]), ("/linux/maskedPaths//proc/interrupts", ["removed"]),
    ("/linux/resources/pids", ["removed"]), ("/linux/resources ", ["removed"]), ("/hostname", ["removed"]),
    ("/linux/sysctl", ["removed"]),
    // Ranges of the platform, and a period without a quota.
    ("/process/rlimits", ["changed", "removed"]), ("/linux/resources/memory/reservation", ["changed", "removed"]),
    ("/linux/resources/cpu/period", ["removed"]),
    // A /dev that can be written.
    ("/mounts//dev/options/4", ["removed"]),
    // A network of the infra container's own in place of the one that Podman made, and the node's view of the cgroups.
    ("/linux/namespaces/1/path", ["removed"]),
    // The policy allows a terminal and does not ask for one.
    ("/process/terminal", ["changed", "removed"]),
  ]

  @Test(arguments: PlayedPod.all)
  func `a generated policy admits what Podman plays, and nothing that differs in one place`(pod: PlayedPod) throws {
    let policy = try pod.policy()
    let infra = try pod.document("infra").admittedMutations(besides: Self.free) {
      try policy.plan(try pod.id("infra"), $0)
    }
    #expect(infra == [])
    let sandbox = try pod.sandbox(policy)
    // The network of a pod's containers is that of the infra container.
    let free = Self.free.filter { $0.prefix != "/linux/namespaces/1/path" }
    for container in pod.containers {
      let (id, document) = (try pod.id(container), try pod.document(container))
      let admitted = try document.admittedMutations(besides: free) { try policy.plan(id, $0, on: [sandbox]) }
      #expect(admitted == [], "\(container)")
    }
  }

  @Test(arguments: PlayedPod.all)
  func `containers join the namespaces of their own pod's infra container alone`(pod: PlayedPod) throws {
    let policy = try pod.policy()
    let sandbox = try pod.sandbox(policy)
    let (id, document) = (try pod.id("box"), try pod.document("box"))
    func codes(_ node: [NodeState.Container]) -> [ViolationCode] {
      do {
        _ = try policy.plan(id, document, on: node)
        return []
      } catch let error as NotAdmitted { return error.violations.map(\.code) } catch { return [] }
    }
    let plan = try policy.plan(id, document, on: [sandbox])
    let joined = plan.namespaces.filter { $0.origin == .container(sandbox.id) }.map(\.kind)
    #expect(Set(joined) == (pod.name == "joined" ? [.network, .ipc, .uts, .pid] : [.network, .ipc, .uts]))
    // Nobody's, those of another process, of a pod that has ended, and of another pod.
    #expect(codes([]).contains(.sandbox))
    let other = try #require(ContainerID("0123"))
    func with(
      id: ContainerID? = nil, bindings: [ByteString: ByteString] = [:], status: NodeState.Status = .running,
      pid: Int32? = nil
    ) -> NodeState.Container {
      NodeState.Container(
        id: id ?? sandbox.id, entry: sandbox.entry, bindings: sandbox.bindings.merging(bindings) { $1 },
        status: status, pid: pid ?? sandbox.pid)
    }
    #expect(codes([with(pid: 1)]).contains(.sandbox))
    #expect(codes([with(status: .stopped)]).contains(.sandbox))
    let pods: [[ByteString: ByteString]] = [
      ["sandbox.id": other.bytes], ["pod.id": ByteString(String(repeating: "0", count: 64))], ["pod.name": "another"],
    ]
    for bindings in pods { #expect(!codes([with(bindings: bindings)]).isEmpty, "\(bindings)") }
    // A container of the policy is no sandbox.
    let container = NodeState.Container(
      id: other, entry: "other", bindings: sandbox.bindings, status: .running, pid: sandbox.pid)
    #expect(codes([container]).contains(.sandbox))
  }

  @Test(arguments: PlayedPod.all.filter { $0.name == "pod" })
  func `what Podman asks a container's health by is admitted, and nothing else`(pod: PlayedPod) throws {
    let policy = try pod.policy()
    let created = try policy.plan(try pod.id("box"), try pod.document("box"), on: [try pod.sandbox(policy)])
    let running = NodeState.Container(
      id: created.id, entry: created.entry, bindings: created.bindings, status: .running, pid: 100)
    func plan(_ document: JSONValue) throws -> Plan {
      let evaluation = policy.evaluate(
        .exec(ExecRequest(id: created.id, process: try Process(json: document))), on: NodeState(containers: [running]))
      guard case .admit(let plan) = evaluation.outcome else { throw NotAdmitted(violations: evaluation.violations) }
      return plan
    }
    let free =
      ["HOME", "TERM", "container"].map { ("/env/\($0) ", ["removed"]) } + [("/env/", ["moved"])]
      + [("/env/HOME ", ["changed"])]
    #expect(try pod.document("box.exec").admittedMutations(besides: free, plan) == [])
  }
}
