import Bytes
import Policy
import PolicyAuthoring
import RuntimeSpec
import StrictJSON
import Testing

/// A container that Podman started, by `Fixtures/podman/capture`, and the entry that is meant for it.
struct CapturedContainer: CustomStringConvertible {
  let version: String
  let name: String
  /// Lines of the entry; the image and the usual user go without saying.
  let entry: String

  var description: String { "\(name) of Podman \(version)" }

  private static let strict = "args: [\"true\"]\n    user: {uid: 1000, gid: 1000}"
  private static let entries: [(name: String, entry: String)] = [
    (
      "plain",
      "args: [\"true\"]\n    user: {uid: 0, gid: 0}\n    noNewPrivileges: false\n    capabilities: [CHOWN, DAC_OVERRIDE, "
        + "FOWNER, FSETID, KILL, NET_BIND_SERVICE, SETFCAP, SETGID, SETPCAP, SETUID, SYS_CHROOT]"
    ),
    ("bridge", strict), ("unified", strict), ("readonly", strict),
    ("readonly-tmpfs", strict + "\n    scratch: {/run: {size: 1Mi}, /tmp: {size: 1Mi}, /var/tmp: {size: 1Mi}}"),
    ("limits", strict + "\n    limits: {memory: 64Mi, pids: 100, cpu: 500m}"),
    ("volumes", strict + "\n    scratch: {/tmp: {size: 1Mi}}\n    volumes: {/model: {image: minilm}}"),
    ("terminal", strict + "\n    terminal: true"),
    (
      "served",
      "args: [sleep, \"100\"]\n    user: {uid: 1000, gid: 1000}\n    cwd: /tmp\n"
        + "    exec: {check: {args: [\"true\"]}}"
    ),
  ]
  static let all = ["4.3.1", "5.4.2", "5.8.6"].flatMap { version in
    entries.map { CapturedContainer(version: version, name: $0.name, entry: $0.entry) }
  }

  var platform: String { "podman-" + version.prefix(1) }

  func document(_ name: String? = nil) throws -> JSONValue {
    try StrictJSON.parse(try fixture("podman/\(version)/\(name ?? self.name).json"))
  }

  /// By the cgroup's path, as Podman sent it.
  func id() throws -> ByteString {
    guard case .object(let document) = try document(), case .object(let linux)? = document["linux"],
      case .string(let path)? = linux["cgroupsPath"], let id = path.split(UInt8(ascii: "-")).last
    else { throw JSONError(.missing) }
    return id
  }

  func policy() throws -> Policy {
    let environment =
      name == "served"
      ? "{PATH: /bin, MODEL: minilm, HOME: {oneOf: [/, /tmp], optional: true}}" : "{PATH: /bin}"
    return try compile(
      """
      apiVersion: ward/v1
      kind: Policy
      metadata: {name: test, version: 1}
      platform: \(platform)
      images: images.lock
      containers:
        box:
          image: busybox
          env: \(environment)
          \(entry.split(separator: "\n").map { $0.drop { $0 == " " } }.joined(separator: "\n    "))
      """
    ).policy
  }
}

struct PodmanTests {
  @Test(arguments: CapturedContainer.all)
  func `what Podman writes is admitted, and what differs in one place is denied`(container: CapturedContainer) throws {
    let policy = try container.policy()
    let id = try container.id()
    let admitted = try container.document().admittedMutations(besides: Self.free) { try policy.plan(id, $0) }
    #expect(admitted == [])
  }

  /// Where a command may differ, and why: all else is one command, written down in full.
  private static let free: [(prefix: String, kinds: [String])] = [
    // The reader checks the version of the schema, the root is the verified image, the filter the policy's own.
    ("/ociVersion", ["changed"]), ("/root", ["changed", "removed"]),
    ("/linux/seccomp", ["changed", "removed", "doubled"]),
    // Explanations alone.
    ("/annotations", ["removed"]), ("/annotations/io.kubernetes.cri-o.Created", ["changed"]),
    ("/annotations/org.opencontainers.image.stopSignal", ["changed"]),
    ("/annotations/org.systemd.property", ["changed"]),
    ("/annotations/io.podman.annotations.pids-limit", ["changed"]),
    // Each variable stands once, in whatever order; the image's /etc/passwd says which home the user has.
    ("/process/env/", ["moved"]), ("/process/env/HOME ", ["changed"]),
    // What Podman may leave out.
    ("/process/env/HOME ", ["removed"]), ("/process/env/HOSTNAME ", ["removed"]), ("/process/env/TERM ", ["removed"]),
    ("/process/env/container ", ["removed"]), ("/hostname", ["removed"]), ("/linux/sysctl", ["removed"]),
    ("/mounts//run/.containerenv ", ["removed"]), ("/mounts//etc/passwd ", ["removed"]),
    ("/mounts//etc/group ", ["removed"]), ("/mounts//etc/resolv.conf ", ["removed"]),
    ("/linux/maskedPaths//sys/dev/block", ["removed"]), ("/linux/maskedPaths//proc/interrupts", ["removed"]),
    ("/linux/resources/pids", ["removed"]), ("/linux/resources ", ["removed"]),
    // Ranges of the platform, and a period without a quota.
    ("/process/rlimits", ["changed", "removed"]), ("/linux/resources/memory/swap", ["changed", "removed"]),
    ("/linux/resources/cpu/period", ["removed"]),
    // A /dev that can be written, as it is without --read-only-tmpfs=false.
    ("/mounts//dev/options/4", ["removed"]),
    // A network of its own in place of the one that Podman made, and the node's view of the cgroups.
    ("/linux/namespaces/1/path", ["removed"]), ("/linux/namespaces/5", ["removed"]),
    // The policy allows a terminal and does not ask for one.
    ("/process/terminal", ["changed", "removed"]),
  ]

  @Test(arguments: CapturedContainer.all.filter { $0.name == "served" })
  func `what Podman adds to a container is admitted, and what differs in one place is denied`(
    container: CapturedContainer
  ) throws {
    let policy = try container.policy()
    let created = try policy.plan(try container.id(), try container.document())
    let running = NodeState.Container(
      id: created.id, entry: created.entry, bindings: created.bindings, status: .running, pid: 100)
    func plan(_ document: JSONValue) throws -> Plan {
      let evaluation = policy.evaluate(
        .exec(ExecRequest(id: created.id, process: try Process(json: document))), on: NodeState(containers: [running]))
      guard case .admit(let plan) = evaluation.outcome else { throw NotAdmitted(violations: evaluation.violations) }
      return plan
    }
    let free = ["HOME", "TERM", "container"].map { ("/env/\($0) ", ["removed"]) } + [("/env/", ["moved"])]
    let admitted = try container.document("served.exec").admittedMutations(besides: free, plan)
    #expect(admitted == [])
    // A terminal is another command.
    let error = #expect(throws: NotAdmitted.self) { try plan(try container.document("served-terminal.exec")) }
    #expect(error?.violations.map(\.code) == [.terminal])
  }

  @Test func `a limit of the node is admitted within a range, and an entry's own goes before`() throws {
    let container = try #require(CapturedContainer.all.first { $0.version == "5.8.6" && $0.name == "bridge" })
    let (policy, document, id) = (try container.policy(), try container.document(), try container.id())
    func limits(_ policy: Policy, _ soft: Int64, _ hard: Int64) throws -> [UInt64] {
      let sent: JSONValue = [["type": "RLIMIT_NOFILE", "soft": JSONValue(soft), "hard": JSONValue(hard)]]
      let limits = try policy.plan(id, document.replacing("/process/rlimits", with: sent)).process.limits
      // The first is that of core dumps.
      return limits.dropFirst().flatMap { [$0.soft, $0.hard] }
    }
    #expect(try limits(policy, 1024, 4096) == [1024, 4096])
    for (soft, hard) in [(1023, 4096), (1024, 1_048_577), (4096, 1024)] as [(Int64, Int64)] {
      #expect(throws: NotAdmitted.self) { try limits(policy, soft, hard) }
    }
    var stated = policy
    stated.containers["box"]?.process.rlimits["RLIMIT_NOFILE"] = RlimitRule(soft: 1024, hard: 2048)
    #expect(try limits(stated, 1024, 2048) == [1024, 2048])
    #expect(throws: NotAdmitted.self) { try limits(stated, 1024, 4096) }
  }

  @Test func `what would give a container more of the node is refused`() throws {
    let container = try #require(CapturedContainer.all.first { $0.version == "5.8.6" && $0.name == "bridge" })
    let (policy, document, id) = (try container.policy(), try container.document(), try container.id())
    guard case .object(let object) = document, case .array(let mounts)? = object["mounts"] else {
      throw JSONError(.missing)
    }
    let program: JSONValue = [
      "destination": "/run/podman-init", "type": "bind", "source": "/usr/bin/catatonit", "options": ["bind", "ro"],
    ]
    for (place, value) in [
      ("/linux/namespaces", [["type": "pid"], ["type": "ipc"], ["type": "uts"], ["type": "mount"]]),
      ("/linux/maskedPaths", []), ("/mounts", .array(mounts + [program])),
      ("/linux/cgroupsPath", .string("/inference/libpod-" + id)), ("/linux/resources/devices", []),
    ] as [(JSONPointer, JSONValue)] {
      #expect(throws: NotAdmitted.self, "\(place)") { try policy.plan(id, document.replacing(place, with: value)) }
    }
  }
}
