import Bytes
import Policy
import PolicyAuthoring
import RuntimeSpec
import StrictJSON
import Testing

/// What a generated policy says to commands that are nearly the one that containerd writes.
struct GeneratedMutationTests {
  /// Where a command may differ, and why. What differs in the text alone is no other command: the plan is the same where
  /// the root or the files of a volume are the verified image's, the filter is the policy's, or a group is said twice.
  private static let free: [(prefix: String, kinds: [String])] = [
    // Ranges of the platform, and a period without a quota; the space ends a place.
    ("/process/oomScoreAdj", ["changed", "removed"]), ("/linux/resources/memory/swap", ["changed", "removed"]),
    ("/linux/resources/cpu/shares", ["changed", "removed"]), ("/linux/resources/cpu/period", ["removed"]),
    ("/linux/resources/cpu ", ["removed"]),
    // Explanations alone.
    ("/annotations", ["removed"]), ("/annotations/io.kubernetes.cri.podsandbox.image-name", ["changed"]),
    // Each variable stands once, in whatever order; those of the API server's Service are the cluster's.
    ("/process/env/", ["moved"]), ("/process/env/KUBERNETES_", ["changed"]),
    // What the platform may leave out.
    ("/process/env/HOSTNAME", ["removed"]), ("/process/env/KUBERNETES_", ["removed"]),
    ("/process/env/WEB_", ["removed"]), ("/mounts//dev/termination-log", ["removed"]),
    ("/linux/maskedPaths//sys/devices/virtual/powercap", ["removed"]), ("/hostname", ["removed"]),
    ("/linux/sysctl", ["removed"]),
    // The manifest's Secret was not given.
    ("/process/env/TOKEN", ["changed"]),
  ]

  private struct Counts {
    var denied = 0
    var unreadable = 0
    var same = 0
    /// How often each exception was needed.
    var free: [String: Int] = [:]
  }

  @Test func `a command that differs in one place is denied, or the same command`() throws {
    var counts = Counts()
    for pod in CapturedPod.all { try tryMutations(of: pod, &counts) }
    #expect(counts.denied > 10_000 && counts.unreadable > 9_000 && counts.same < 1_500, "\(counts)")
    #expect(Self.free.map(\.prefix).filter { counts.free[$0] == nil } == [])
    #expect(counts.free.values.reduce(0, +) < 500, "\(counts)")
  }

  private func tryMutations(of pod: CapturedPod, _ counts: inout Counts) throws {
    let policy = try compile(try generate([("manifest.yaml", try pod.manifest())])).policy
    let node = try pod.node(policy)
    for name in pod.containers {
      let running = node.filter { $0.entry != ByteString(name) }
      try tryMutations(of: try pod.document(name), try pod.id(name), policy, running, &counts)
    }
    try tryMutations(of: try pod.document("sandbox"), try pod.id("sandbox"), policy, [], &counts)
  }

  private func tryMutations(
    of document: JSONValue, _ id: ByteString, _ policy: Policy, _ node: [NodeState.Container], _ counts: inout Counts
  ) throws {
    // A long list that no policy looks at.
    let document =
      document["/linux/seccomp"] == nil ? document : document.replacing("/linux/seccomp/syscalls", with: [])
    let normal = try policy.plan(id, document, on: node)
    let index = try BundleIndex(bundle: policy.canonicalBundle())
    for mutation in document.mutations {
      let request: Request
      do {
        request = .create(
          CreateRequest(id: normal.id, bundle: "/run/bundle", spec: try Spec(json: mutation.value)))
      } catch {
        counts.unreadable += 1
        continue
      }
      let state = NodeState(containers: node)
      let evaluation = policy.evaluate(request, on: state)
      // A node reads the bundle anew each time, which takes most of the time.
      let measured = counts.denied % 8 == 0 ? [try index.evaluate(request, on: state)] : []
      for other in [policy.explain(request, on: state).evaluation] + measured {
        #expect(other.outcome == evaluation.outcome && other.violations == evaluation.violations)
      }
      guard case .admit(.create(let plan)) = evaluation.outcome else {
        counts.denied += 1
        continue
      }
      // What means the same is the same command.
      guard plan != normal else {
        counts.same += 1
        continue
      }
      let (place, kind) = document.name(mutation.place, mutation.kind.rawValue)
      let reasons = Self.free.filter { (place + " ").utf8.starts(with: $0.prefix.utf8) && $0.kinds.contains(kind) }
      #expect(!reasons.isEmpty, "\(place) \(kind) of \(normal.entry?.description ?? "")")
      for reason in reasons { counts.free[reason.prefix, default: 0] += 1 }
    }
  }
}
