import Bytes
import Policy
import PolicyAuthoring
import RuntimeSpec
import StrictJSON
import Testing

/// The platform of CRI-O against files that follow its source; see `Fixtures/crio/README.md`.
struct CRIOTests {
  private let policy: Policy
  private let document: JSONValue
  private static let id: ByteString = "0aa316985e715f0176d9762bb1903a8c435dc0c669b07151816931d5227257ce"
  private static let sandboxID: ByteString = "eb74dbcd962183205ed7c2c29afba40ee647ff3bebe4bc4b021dca7d44b3b9ea"

  init() throws {
    let manifest = try file("Manifests/examples/nginx/manifest.yaml")
    policy = try compile(try generate([("manifest.yaml", manifest)], platform: "crio-1")).policy
    document = try StrictJSON.parse(try fixture("crio/nginx.json"))
  }

  /// Where a command may differ, and why: all else is one command, written down in full.
  private static let free: [(prefix: String, kinds: [String])] = [
    // The reader checks the version of the schema, the root is the verified image, the filter the policy's own.
    ("/ociVersion", ["changed"]), ("/root", ["changed", "removed"]),
    ("/linux/seccomp", ["changed", "removed", "doubled"]),
    // Explanations, of which those that other places name too hold.
    ("/annotations", ["removed"]), ("/annotations/io.kubernetes.cri-o", ["changed"]),
    ("/annotations/io.kubernetes.container.hash", ["changed"]),
    ("/annotations/io.kubernetes.container.restartCount", ["changed"]),
    ("/annotations/io.kubernetes.container.termination", ["changed"]),
    ("/annotations/io.kubernetes.pod.terminationGracePeriod", ["changed"]),
    ("/annotations/io.kubernetes.pod.namespace", ["changed"]),
    ("/annotations/kubernetes.io", ["changed"]), ("/annotations/org.systemd", ["changed"]),
    ("/annotations/app", ["changed"]),
    // Ranges of the platform.
    ("/process/oomScoreAdj", ["changed", "removed"]), ("/linux/resources/cpu", ["changed", "removed"]),
    ("/linux/resources/memory/swap", ["changed", "removed"]), ("/linux/resources/pids", ["changed", "removed"]),
    // Each variable stands once, in whatever order; those of the API server's Service are the cluster's.
    ("/process/env/", ["moved"]), ("/process/env/KUBERNETES_", ["changed"]),
    // What CRI-O may leave out.
    ("/hostname", ["removed"]), ("/process/env/HOSTNAME ", ["removed"]), ("/process/env/TERM ", ["removed"]),
    ("/process/env/KUBERNETES_", ["removed"]), ("/process/env/WEB_", ["removed"]),
    ("/mounts//run/.containerenv ", ["removed"]), ("/mounts//dev/termination-log ", ["removed"]),
    ("/linux/maskedPaths//sys/devices/virtual/powercap", ["removed"]),
    ("/linux/maskedPaths//proc/interrupts", ["removed"]), ("/linux/maskedPaths//sys/fs/selinux", ["removed"]),
    ("/linux/namespaces/5", ["removed"]),
    // The files come from the policy's own images and RAM disks.
    ("/mounts//etc/nginx/conf.d", ["removed", "source changed"]), ("/mounts//tmp", ["removed", "source changed"]),
    ("/mounts//var/cache/nginx", ["removed", "source changed"]),
  ]

  @Test func `a container is admitted, and what differs in one place is denied`() throws {
    let admitted = try document.admittedMutations(besides: Self.free) { try policy.plan(Self.id, $0) }
    #expect(admitted == [])
    let plan = try policy.plan(Self.id, document)
    #expect(plan.entry == "nginx")
    #expect(plan.hostname == "web-66d9c4f8b5-k7z2d")
    #expect(plan.namespaces.filter { $0.origin != .new }.count == 3)
  }

  @Test func `the namespaces of one pod have one name`() throws {
    let other: JSONValue = .array(
      ["netns/16b1c737-29cc-8875-8145-b7e71ff0de85", "ipcns/26b1c737-29cc-8875-8145-b7e71ff0de85"].map { path in
        ["type": path.hasPrefix("net") ? "network" : "ipc", "path": .string("/var/run/" + path)]
      } + [["type": "pid"], ["type": "mount"], ["type": "uts"]])
    let error = #expect(throws: NotAdmitted.self) {
      try policy.plan(Self.id, document.replacing("/linux/namespaces", with: other))
    }
    #expect(error?.violations.filter { $0.code == .namespace }.count == 2)
  }

  @Test func `a sandbox is admitted where CRI-O makes one`() throws {
    let sandbox = try StrictJSON.parse(try fixture("crio/sandbox.json"))
    let plan = try policy.plan(Self.sandboxID, sandbox)
    #expect(plan.entry == "sandbox" && plan.process.program == .pause)
    #expect(throws: NotAdmitted.self) {
      try policy.plan(Self.sandboxID, sandbox.replacing("/process/args", with: ["/bin/sh"]))
    }
  }
}
