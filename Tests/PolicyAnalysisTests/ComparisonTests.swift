import Bytes
import Policy
import PolicyAnalysis
import StrictJSON
import Testing

/// A change of the example policy: which field it must be told of, and as what.
struct Change: Sendable, CustomTestStringConvertible {
  let old: String
  let new: String
  let field: JSONPointer
  let kinds: [Difference.Kind]
  let verdict: PolicyComparison.Verdict

  init(
    _ old: String, _ new: String, _ field: JSONPointer, _ kinds: [Difference.Kind],
    _ verdict: PolicyComparison.Verdict
  ) {
    (self.old, self.new, self.field, self.kinds, self.verdict) = (old, new, field, kinds, verdict)
  }

  var testDescription: String { "\(old) -> \(new)" }
}

struct ComparisonTests {
  @Test(arguments: ["inference", "inference-gpu", "busybox", "conformance"])
  func `a policy is equal to itself`(name: String) throws {
    let comparison = PolicyComparison(old: try example(name), new: try example(name))
    #expect(comparison.verdict == .equal, "\(comparison.differences)")
  }

  @Test func `the version says nothing of what is admitted`() throws {
    let comparison = PolicyComparison(old: try example(), new: try example("inference", ("version: 1", "version: 2")))
    #expect(comparison.verdict == .equal)
  }

  @Test(arguments: [
    Change("[1, 16]", "[1, 32]", "/containers/embed/env/MODEL_THREADS", [.admitted], .wider),
    Change("[1, 16]", "[2, 16]", "/containers/embed/env/MODEL_THREADS", [.denied], .narrower),
    Change("[1, 16]", "[2, 17]", "/containers/embed/env/MODEL_THREADS", [.admitted, .denied], .wider),
    Change(
      "[1, 16], optional: true", "[1, 16]", "/containers/embed/env/MODEL_THREADS", [.denied], .narrower),
    Change("\"{ipv4}\"", "\"{dnsName}\"", "/containers/embed/env/POD_IP", [.admitted], .wider),
    Change("PATH: /usr/bin:/bin", "PATH: /bin", "/containers/embed/env/PATH", [.admitted, .denied], .wider),
    Change("PATH: /usr/bin:/bin", "HOME: /", "/containers/embed/env/HOME", [.admitted, .denied], .wider),
    Change("/model, --host", "/model2, --host", "/containers/embed/args/3", [.admitted, .denied], .wider),
    Change("uid: 10001", "uid: 10002", "/containers/embed/user/uid", [.admitted, .denied], .wider),
    Change("gid: 10001}", "gid: 10001, umask: 63}", "/containers/embed/user/umask", [.admitted, .denied], .wider),
    Change("cwd: /", "cwd: /srv", "/containers/embed/cwd", [.admitted, .denied], .wider),
    Change("capabilities: []", "capabilities: [KILL]", "/containers/embed/capabilities", [.admitted, .denied], .wider),
    Change("seccomp: inference", "seccomp: none", "/containers/embed/seccomp", [.changed], .wider),
    Change("seccomp: inference", "seccomp: containerd-default", "/containers/embed/seccomp", [.changed], .wider),
    Change("64Mi", "32Mi", "/containers/embed/scratch/~1tmp", [.changed], .narrower),
    Change("64Mi", "128Mi", "/containers/embed/scratch/~1tmp", [.changed], .wider),
    Change("64Mi}", "64Mi, exec: true}", "/containers/embed/scratch/~1tmp", [.changed], .wider),
    Change("{image: minilm}", "{image: embed-service}", "/containers/embed/volumes/~1model", [.changed], .wider),
    Change("8Gi]", "9Gi]", "/containers/embed/limits/memory", [.admitted, .changed], .wider),
    Change("[256Mi", "[512Mi", "/containers/embed/limits/memory", [.denied], .narrower),
    Change("8Gi], optional: true", "8Gi]", "/containers/embed/limits/memory", [.denied], .narrower),
    Change("{max: 256}", "{max: 128}", "/containers/embed/limits/pids", [.changed, .denied], .narrower),
    Change("/srv/health.py", "/srv/other.py", "/containers/embed/exec/health/args/1", [.admitted, .denied], .wider),
    Change(
      "exec:\n      health:", "exec:\n      probe:", "/containers/embed/exec/probe", [.undecided], .wider),
    Change("[TERM, KILL]", "[TERM]", "/containers/embed/signals", [.denied], .narrower),
    Change("[TERM, KILL]", "[TERM, KILL, HUP]", "/containers/embed/signals", [.admitted], .wider),
    Change("stdout: allow, ", "", "/containers/embed/stdio/stdout", [.changed], .narrower),
    Change("stderr: allow}", "stderr: allow, stdin: allow}", "/containers/embed/stdio/stdin", [.changed], .wider),
    Change("instances: 1", "instances: 2", "/containers/embed/instances", [.admitted], .wider),
    Change("instances: 1", "instances: 1\n    pause: allow", "/containers/embed/pause", [.admitted], .wider),
    Change("instances: 1", "instances: 1\n    terminal: true", "/containers/embed/terminal", [.admitted], .wider),
    Change(
      "instances: 1", "noNewPrivileges: false", "/containers/embed/noNewPrivileges", [.admitted, .denied], .wider),
    Change("instances: 1", "rlimits: {NOFILE: 9}", "/containers/embed/rlimits", [.admitted, .denied], .wider),
    Change("instances: 1", "gpu: {count: 1}", "/containers/embed/gpu", [.admitted, .changed], .wider),
    Change("kind: Policy", "kind: Policy\nmode: audit", "/mode", [.admitted], .wider),
    Change("sandbox: {}", "sandbox: {instances: 3}", "/sandbox/instances", [.admitted], .wider),
    Change("  embed:", "  other:", "/containers/other", [.undecided], .wider),
  ]) func `a change is told with a command that shows it`(change: Change) throws {
    let old = try example()
    let new = try example("inference", (change.old, change.new))
    let comparison = PolicyComparison(old: old, new: new)
    let told = comparison.differences.filter { $0.field == change.field }.map(\.kind.rawValue)
    #expect(Set(told) == Set(change.kinds.map(\.rawValue)), "\(comparison.differences)")
    #expect(comparison.verdict == change.verdict)
    // Backwards, what was admitted is denied.
    let back = PolicyComparison(old: new, new: old)
    let swapped = change.kinds.map { (kind) -> Difference.Kind in
      switch kind {
      case .admitted: .denied
      case .denied: .admitted
      case .changed, .undecided: kind
      }
    }
    let toldBack = back.differences.filter { $0.field == change.field }.map(\.kind.rawValue)
    #expect(Set(toldBack) == Set(swapped.map(\.rawValue)), "\(back.differences)")
    #expect(back.verdict != .equal)
  }

  @Test func `platforms are compared field by field, and most differences are decided`() throws {
    let old = try example()
    let new = try example("inference", ("containerd-cri-1", "containerd-cri-2"))
    let comparison = PolicyComparison(old: old, new: new)
    #expect(comparison.verdict == .wider)
    #expect(comparison.differences.contains { $0.kind == .admitted })
    #expect(comparison.differences.contains { $0.kind == .denied })
  }

  @Test func `a policy that admits all is wider, and enforcing is narrower`() throws {
    let (all, one) = (try example("conformance"), try example())
    #expect(PolicyComparison(old: one, new: all).verdict == .wider)
    #expect(PolicyComparison(old: all, new: one).verdict == .narrower)
  }
}
