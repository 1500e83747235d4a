import Bytes
import Policy
import PolicyAuthoring
import RuntimeSpec
import StrictJSON
import Testing

/// The platform of CRI-O against what CRI-O wrote.
struct CRIOTests {
  /// Where a command may differ, and why: all else is one command, written down in full.
  private static let free: [(prefix: String, kinds: [String])] = [
    // Explanations, of which those that other places name too hold.
    ("/annotations", ["removed"]), ("/annotations/io.kubernetes.cri-o", ["changed"]),
    ("/annotations/io.kubernetes.container.", ["changed"]), ("/annotations/io.kubernetes.pod.namespace", ["changed"]),
    ("/annotations/io.kubernetes.pod.terminationGracePeriod", ["changed"]),
    ("/annotations/kubernetes.io", ["changed"]), ("/annotations/org.opencontainers.image", ["changed"]),
    ("/annotations/platform-runtime-path", ["changed"]), ("/annotations/pod-linux", ["changed"]),
    ("/annotations/app", ["changed"]), ("/annotations/tier", ["changed"]),
    // Ranges of the platform.
    ("/process/oomScoreAdj", ["changed", "removed"]), ("/linux/resources/cpu", ["changed", "removed"]),
    ("/linux/resources/memory/swap", ["changed", "removed"]), ("/linux/resources/memory ", ["removed"]),
    ("/linux/resources/memory/limit", ["changed", "removed"]), ("/linux/resources/pids", ["changed", "removed"]),
    // Each variable stands once, in whatever order; of those that CRI-O puts first a second one holds. Those of the API
    // server's Service are the cluster's, and the Secret was not given.
    ("/process/env/", ["moved"]), ("/process/env/TERM ", ["doubled"]), ("/process/env/PATH ", ["removed"]),
    ("/process/env/KUBERNETES_", ["changed"]), ("/process/env/TOKEN ", ["changed"]),
    // What CRI-O may leave out.
    ("/hostname", ["removed"]), ("/process/env/HOSTNAME ", ["removed"]), ("/process/env/TERM ", ["removed"]),
    ("/process/env/KUBERNETES_", ["removed"]), ("/process/env/WEB_", ["removed"]),
    ("/mounts//run/.containerenv ", ["removed"]), ("/mounts//dev/termination-log ", ["removed"]),
    ("/linux/maskedPaths//sys/devices/virtual/powercap", ["removed"]),
    ("/linux/maskedPaths//proc/interrupts", ["removed"]), ("/linux/maskedPaths//sys/fs/selinux", ["removed"]),
    ("/linux/namespaces/5", ["removed"]),
  ]

  @Test(arguments: CRIOPod.all)
  func `a container is admitted, and what differs in one place is denied`(pod: CRIOPod) throws {
    let policy = try pod.policy()
    for container in pod.containers {
      let (id, document, node) = (
        try pod.id(container), try pod.document(container), try pod.node(policy, for: container)
      )
      let plan = try policy.plan(id, document, on: node)
      #expect(plan.entry == ByteString(container))
      let admitted = try document.admittedMutations(besides: Self.free) { try policy.plan(id, $0, on: node) }
      #expect(admitted == [], "\(container)")
    }
  }

  @Test(arguments: CRIOPod.all.filter { ["sidecar", "shared", "unified"].contains($0.name) })
  func `a sandbox is admitted where CRI-O makes one`(pod: CRIOPod) throws {
    let (policy, id, document) = (try pod.policy(), try pod.id("sandbox"), try pod.document("sandbox"))
    let plan = try policy.plan(id, document)
    #expect(plan.entry == "sandbox" && plan.process.program == .pause)
    let admitted = try document.admittedMutations(besides: Self.free) { try policy.plan(id, $0) }
    #expect(admitted == [])
  }

  @Test(arguments: CRIOPod.all.filter { ["sidecar", "shared", "inference"].contains($0.name) })
  func `a probe is admitted, and nothing that differs in one place`(pod: CRIOPod) throws {
    let policy = try pod.policy()
    let name = pod.containers[0]
    let created = try policy.plan(try pod.id(name), try pod.document(name), on: try pod.node(policy, for: name))
    let running = NodeState.Container(
      id: created.id, entry: created.entry, bindings: created.bindings, status: .running, pid: 100)
    func plan(_ document: JSONValue) throws -> Plan {
      let evaluation = policy.evaluate(
        .exec(ExecRequest(id: created.id, process: try Process(json: document))), on: NodeState(containers: [running]))
      guard case .admit(let plan) = evaluation.outcome else { throw NotAdmitted(violations: evaluation.violations) }
      return plan
    }
    let free = Self.free.filter { $0.prefix.hasPrefix("/process") }.map { (String($0.prefix.dropFirst(8)), $0.kinds) }
    let admitted = try pod.document(name + ".exec").admittedMutations(besides: free, plan)
    #expect(admitted == [])
  }

  @Test(arguments: CRIOPod.withSandbox)
  func `a RAM disk is shared with the sandbox of the same pod alone`(pod: CRIOPod) throws {
    let policy = try pod.policy()
    let (id, document, node) = (try pod.id("api"), try pod.document("api"), try pod.node(policy, for: "api"))
    let sandbox = try #require(node.first)
    let plan = try policy.plan(id, document, on: node)
    let shared = plan.mounts.first { $0.destination == "/state" }
    #expect(shared?.source == .shared(sandbox.id, "/shared/state"))
    func codes(_ bindings: [ByteString: ByteString] = [:], status: NodeState.Status = .running) -> Set<ViolationCode> {
      let changed = node.map { container in
        NodeState.Container(
          id: container.id, entry: container.entry, bindings: container.bindings.merging(bindings) { $1 },
          status: container.entry == "sandbox" ? status : container.status, pid: container.pid)
      }
      do {
        _ = try policy.plan(id, document, on: changed)
        return []
      } catch let error as NotAdmitted { return Set(error.violations.map(\.code)) } catch { return [] }
    }
    #expect(codes(status: .stopped).contains(.sandbox))
    let other = ByteString("26b1c737-29cc-8875-8145-b7e71ff0de85")
    #expect(codes(["pod.namespaces": other]).isSuperset(of: [.sandbox]))
    for name in ["pod.uid", "pod.name"] as [ByteString] { #expect(!codes([name: other]).isEmpty, "\(name)") }
  }
}
