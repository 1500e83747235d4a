import Bytes
import Policy
import PolicyAuthoring
import RuntimeSpec
import StrictJSON
import Testing

/// What the forms of the language mean in the bundle.
struct LanguageTests {
  @Test func `what a container leaves out is denied or the narrowest`() throws {
    let entry = try entry(policy())
    #expect(entry.program == .image("busybox"))
    #expect(entry.process.environment.isEmpty)
    #expect(entry.process.workingDirectory == "/")
    #expect(entry.process.capabilities == .none)
    #expect(entry.process.noNewPrivileges)
    #expect(entry.process.seccomp == "containerd-default")
    #expect(!entry.process.terminal)
    #expect(entry.process.streams == ProcessPlan.StandardStreams(input: false, output: false, error: false))
    #expect(entry.signals.isEmpty && entry.exec.isEmpty && entry.limits.rules.isEmpty && entry.needs.isEmpty)
    #expect(entry.instances == 1)
  }

  @Test(
    arguments: [
      ("1", 1), ("64Mi", 64 << 20), ("1Gi", 1 << 30), ("3Ki", 3072), ("2Ti", 2 << 40), ("5k", 5000),
      ("500M", 500_000_000), ("7G", 7_000_000_000), ("1T", 1_000_000_000_000), ("\"4096\"", nil), ("1.5Gi", nil),
      ("Mi", nil), ("1 Gi", nil), ("+1Ki", nil), ("01Ki", nil), ("9007199254740992", nil), ("8388608Gi", nil),
    ] as [(String, UInt64?)])
  func `amounts are whole bytes`(text: String, bytes: UInt64?) throws {
    let source = policy(container: "scratch: {/tmp: {size: \(text)}}")
    guard let bytes else {
      #expect(throws: SourceMessage.self) { try compile(source) }
      return
    }
    #expect(try entry(source).scratch["/tmp"]?.size == bytes)
  }

  @Test func `limits are ranges that a command keeps to`() throws {
    let rules = try entry(
      policy(
        container: "limits: {memory: {range: [1Gi, 2Gi]}, pids: {max: 64}, cpu: {range: [500m, 2], optional: true}}")
    ).limits.rules
    #expect(rules[.memory] == LimitRule(range: (1 << 30)...(2 << 30)))
    #expect(rules[.pids] == LimitRule(range: 1...64, isOptional: true))
    #expect(rules[.cpuQuota] == LimitRule(range: 50_000...200_000, isOptional: true))
    #expect(rules[.cpuPeriod] == LimitRule(range: 100_000...100_000, isOptional: true))
    #expect(try entry(policy(container: "limits: {pids: 5}")).limits.rules == [.pids: LimitRule(range: 5...5)])
  }

  @Test func `a limit that a command leaves out holds at its greatest`() throws {
    let compiled = try compile(
      policy(container: "limits: {pids: {max: 64}, memory: {range: [1Mi, 2Mi], optional: true}}"))
    let document = try StrictJSON.parse(try fixture("runc-spec.json"))
      .replacing("/process/terminal", with: false).replacing("/process/args", with: ["/bin/true"])
      .replacing("/process/capabilities", with: [:]).replacing("/process/env", with: [])
      .replacing("/process/user", with: ["uid": 1, "gid": 1])
    let plan = try compiled.policy.plan("box", document).cgroup
    #expect(plan.resources.pidsLimit == 64)
    #expect(plan.resources.memory?.limit == 2 << 20)
    #expect(plan.resources.cpu == nil)
  }

  @Test func `a container is paused only where its entry says so`() throws {
    #expect(try !entry(policy(container: "signals: [TERM]")).canPause)
    #expect(try !entry(policy(container: "pause: deny")).canPause)
    #expect(try entry(policy(container: "pause: allow")).canPause)
    let compiled = try compile(policy(container: "pause: allow"))
    #expect(try PolicyInspection(bundle: compiled.bundle).description.contains("\n  pause      allowed\n"))
  }

  @Test func `values of variables are exact, ranges, lists or patterns`() throws {
    let rules = try entry(
      policy(
        container: """
          env:
                A: "{ipv4}"
                B: {value: b, optional: true}
                C: {range: [-1, 16]}
                D: {oneOf: [x, {pattern: "{port}"}], optional: true}
                "E_{port}": {pattern: "tcp://{ipv4}:{port}", optional: true}
          """)
    ).process.environment
    #expect(rules.exact["A"] == EnvironmentRule(.exact("{ipv4}")))
    #expect(rules.exact["B"] == EnvironmentRule(.exact("b"), isOptional: true))
    #expect(rules.exact["C"] == EnvironmentRule(.range(-1...16)))
    let port = try Pattern("{port}")
    #expect(rules.exact["D"] == EnvironmentRule(.oneOf([.exact("x"), .pattern(port)]), isOptional: true))
    #expect(rules.patterns.map(\.name.text) == ["E_{port}"])
  }

  @Test func `names are taken as Kubernetes and as the kernel write them`() throws {
    let entry = try entry(
      policy(
        container: """
          capabilities: [NET_BIND_SERVICE, CAP_CHOWN]
              signals: [TERM, SIGHUP, 9, TERM]
              rlimits: {NOFILE: 512, RLIMIT_CORE: {soft: 0, hard: unlimited}}
              seccomp: none
          """))
    #expect(entry.process.capabilities == ProcessPlan.Capabilities(1 << 10 | 1))
    #expect(entry.signals == [1, 9, 15])
    #expect(entry.process.rlimits["RLIMIT_NOFILE"] == RlimitRule(soft: 512, hard: 512))
    #expect(entry.process.rlimits["RLIMIT_CORE"] == RlimitRule(soft: 0, hard: .max))
    #expect(entry.process.seccomp == nil)
  }

  @Test func `an exec entry is its container's process but for what it states`() throws {
    let entry = try entry(
      policy(
        container: """
          env: {A: a}
              cwd: /srv
              seccomp: inference
              stdio: {stdout: allow}
              exec:
                health: {args: [/bin/health]}
                debug: {args: [/bin/sh], user: {uid: 0, gid: 0, groups: [7, 5, 7]}, env: {}, terminal: true, seccomp: none}
          """))
    var health = entry.process
    health.arguments = [.exact("/bin/health")]
    #expect(entry.exec["health"] == health)
    let debug = try #require(entry.exec["debug"])
    #expect(debug.user == UserRule(uid: 0, gid: 0, groups: [5, 7]))
    #expect(debug.environment.isEmpty && debug.terminal && debug.seccomp == nil)
    #expect(debug.workingDirectory == "/srv" && debug.streams.output && !debug.streams.error)
  }

  @Test func `how images are checked is said by the caller, the policy, or neither`() throws {
    let text = policy()
    func integrity(_ text: String, _ option: Integrity?) throws -> Integrity? {
      try PolicySource(Array(text.utf8), named: "p").compile(images: try imageLock(), integrity: option)
        .policy.images["busybox"]?.integrity
    }
    #expect(try integrity(text, nil) == .dmVerity)
    #expect(try integrity(text, .memory) == .memory)
    #expect(try integrity(text + "\nintegrity: memory", nil) == .memory)
    #expect(try integrity(text + "\nintegrity: memory", .dmVerity) == .dmVerity)
  }

  @Test func `a filter that several containers use stands once in the bundle`() throws {
    let compiled = try example("inference")
    #expect(compiled.policy.seccomp.count == 1)
    #expect(compiled.bundle.count < 20_000)
  }

  @Test(arguments: [
    ("", "hint: no signals are admitted: only delete --force ends the container", "7:3"),
    ("", "hint: stdout and stderr are the null device: no logs from there", "7:3"),
    ("stdio: {stdout: allow}", "hint: stderr is the null device: no logs from there", "11:5"),
    ("capabilities: [SYS_ADMIN]", "warning: CAP_SYS_ADMIN gives nearly the rights of the node's administrator", "11:5"),
    ("seccomp: none", "warning: every system call of the kernel is open to the process", "11:5"),
    ("noNewPrivileges: false", "warning: a set-user-ID program of the image can gain rights", "11:5"),
    ("terminal: true", "warning: whoever holds the terminal types into the process", "11:5"),
    (
      "env: {LD_PRELOAD: {pattern: \"/{word}\"}}", "warning: whoever sets LD_PRELOAD chooses the code that runs",
      "11:11"
    ),
    ("env: {A: {pattern: \"{text}\"}}", "warning: {text} admits nearly any value", "11:11"),
    ("scratch: {/tmp: {size: 1Mi, exec: true}}", "warning: what the container writes here, it can also run", "11:33"),
    (
      "exec: {a: {args: [/x], user: {uid: 0, gid: 0}}}",
      "warning: the process runs as root: another uid is one more wall", "11:28"
    ),
  ])
  func `what an author may not want is said at its place`(container: String, message: String, place: String) throws {
    let messages = try compile(policy(container: container)).messages
      .map { "\($0.place.line):\($0.place.column) \($0.severity.rawValue): \($0.message)" }
    #expect(messages.contains("\(place) \(message)"), "\(messages)")
  }

  @Test func `nothing is said about a policy that states all`() throws {
    let text = policy(container: "signals: [TERM, KILL]\n    stdio: {stdout: allow, stderr: allow}")
    #expect(try compile(text).messages.isEmpty)
  }

  @Test func `notes are no part of the bundle`() throws {
    let text = policy(container: "notes: why it is as it is").replacing(
      "platform:", with: "notes: \"who to ask\"\nplatform:", maxReplacements: 1)
    #expect(try compile(text).digest == compile(policy()).digest)
    let error = #expect(throws: SourceMessage.self) { try compile(policy(container: "notes: 1")) }
    #expect(error?.message.contains("expected a string") == true)
  }

  @Test func `a policy can be checked without its images`() throws {
    let text = policy(container: "seccomp: none").split(separator: "\n").filter { !$0.hasPrefix("images") }
    let source = try PolicySource(Array(text.joined(separator: "\n").utf8), named: "p")
    #expect(try source.check().map(\.severity).contains(.warning))
    let error = #expect(throws: SourceMessage.self) { try source.compile(images: nil) }
    #expect(error?.message == "expected an image lock file: name it under \"images\" or by --images")
  }

  private func entry(_ text: String) throws -> ContainerEntry {
    try #require(try compile(text).policy.containers["shell"])
  }
}
