import Bytes
import Policy
@testable import PolicyAnalysis
import PolicyAuthoring
import Testing

struct LintTests {
  private static func policy(_ containers: String) -> String {
    "apiVersion: ward/v1\nkind: Policy\nmetadata: {name: a, version: 1}\nplatform: bare-1\nimages: images.lock\n"
      + "containers:\n" + containers
  }

  private static func entry(_ name: String, _ more: String = "", args: String = "[/bin/a]") -> String {
    let limits = more.contains("limits:") ? "" : "    limits: {memory: {max: 1Gi}, pids: {max: 9}}\n"
    let signals = more.contains("signals:") ? "" : "    signals: [TERM]\n"
    return "  \(name):\n    image: busybox\n    args: \(args)\n    user: {uid: 1, gid: 1}\n" + limits + signals
      + "    stdio: {stdout: allow, stderr: allow}\n" + (more.isEmpty ? "" : "    \(more)\n")
  }

  private func findings(_ text: String) throws -> [String] {
    try PolicySource(Array(text.utf8), named: "p.yaml").lint().map { "\($0.place.line) \($0.code?.rawValue ?? "-")" }
  }

  @Test func `a policy with nothing to find has no findings`() throws {
    #expect(try findings(Self.policy(Self.entry("a") + Self.entry("b", args: "[/bin/b]"))) == [])
  }

  @Test func `an entry that another one includes is dead`() throws {
    let wide = Self.entry("a", args: "[{pattern: \"/bin/{word}\"}]")
    #expect(try findings(Self.policy(wide + Self.entry("b", args: "[/bin/b]"))) == ["14 LINT-DEAD"])
  }

  @Test func `entries that may take one command overlap`() throws {
    let left = Self.entry("a", args: "[{oneOf: [/bin/a, /bin/b]}]")
    let right = Self.entry("b", args: "[{oneOf: [/bin/b, /bin/c]}]")
    #expect(try findings(Self.policy(left + right)) == ["14 LINT-OVERLAP"])
    // Another user makes them two again.
    #expect(try findings(Self.policy(left + right.replacing("uid: 1", with: "uid: 2"))) == [])
  }

  @Test func `an exec that another one includes is dead`() throws {
    let exec = "exec: {p: {args: [/bin/{hole}]}, q: {args: [/bin/q]}}"
    let text = Self.entry("a", exec.replacing("/bin/{hole}", with: "{pattern: \"/bin/{dnsLabel}\"}"))
    #expect(try findings(Self.policy(text)) == ["14 LINT-SHELL", "14 LINT-DEAD"])
    let overlapping = exec.replacing("/bin/{hole}", with: "{oneOf: [/bin/q, /bin/z]}").replacing(
      "[/bin/q]}}", with: "[{oneOf: [/bin/q, /bin/w]}]}}")
    #expect(try findings(Self.policy(Self.entry("a", overlapping))) == ["14 LINT-OVERLAP"])
  }

  @Test(arguments: [
    ("exec: {x: {args: [/bin/sh]}}", ["14 LINT-SHELL"]), ("exec: {x: {args: [bash, -c, a]}}", ["14 LINT-SHELL"]),
    ("exec: {x: {args: [{pattern: \"/bin/{word}\"}]}}", ["14 LINT-SHELL"]), ("exec: {x: {args: [/bin/shred]}}", []),
    ("signals: [\((1...31).map(String.init).joined(separator: ", "))]", ["13 LINT-ALL-SIGNALS"]),
    ("limits: {memory: {max: 1Gi}}", ["13 LINT-NO-LIMIT"]),
    ("env: {\"{word}\": {pattern: \"{word}\", optional: true}}", ["14 LINT-CODE-VARIABLE"]),
    ("env: {\"APP_{word}\": {pattern: \"{word}\", optional: true}}", []),
    ("env: {PATH: {pattern: \"/{word}\"}}", ["14 LINT-CODE-VARIABLE"]), ("env: {PATH: /bin}", []),
    ("env: {LD_BIND_NOW: {pattern: \"{word}\"}}", ["14 LINT-CODE-VARIABLE"]),
    ("env: {PYTHONINSPECT: {pattern: \"{word}\"}}", ["14 LINT-CODE-VARIABLE"]),
    ("env: {NODE_OPTIONS: {oneOf: [a, b]}}", []),
    ("scratch: {/tmp: {size: 1Mi, exec: true}}", ["14 LINT-EXECUTABLE-SCRATCH"]),
    ("env: {A: {pattern: \"{text}\"}}", ["14 LINT-FREE-TEXT"]), ("seccomp: none", ["14 LINT-NO-FILTER"]),
    ("seccomp: {allow: [read, ptrace]}", ["14 LINT-BROAD-FILTER"]), ("seccomp: {allow: [read, write]}", []),
    ("gpu: {count: 1}", []), ("gpu: {count: 1, confidentialCompute: optional}", ["14 LINT-GPU-OPEN"]),
    ("gpu: {count: 1, confidentialCompute: optional, vendor: amd}", []),
    ("gpu: {count: 1, onViolation: stop}", ["14 LINT-GPU-STOP"]),
    ("gpu: {count: 1, driverImage: driver}\n    env: {LD_LIBRARY_PATH: \"/x:/usr/local/nvidia/lib64\"}", []),
    ("gpu: {count: 1, driverImage: driver}\n    env: {LD_LIBRARY_PATH: /x}", ["15 LINT-GPU-PATH"]),
    ("capabilities: [SYS_ADMIN]", ["14 LINT-BROAD-CAPABILITY"]), ("terminal: true", ["14 LINT-TERMINAL"]),
  ]) func `what an entry gives away is found in its place`(more: String, expected: [String]) throws {
    #expect(try findings(Self.policy(Self.entry("a", more))) == expected)
  }

  @Test func `every code has a fix`() {
    for code in LintCode.allCases { #expect(!code.fix.isEmpty && code.rawValue.hasPrefix("LINT-")) }
  }
}
