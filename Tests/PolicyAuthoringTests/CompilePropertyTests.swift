import Bytes
import Policy
import PolicyAuthoring
import Testing

/// Policies that were put together at random: what compiles does so to the same bytes, however it is written down.
struct CompilePropertyTests {
  /// Keys of a container, each with some values.
  private static let keys: [[String]] = [
    ["image: busybox", "image: nginx"],
    ["args: [/bin/true]", "args: [a, {oneOf: [b, c]}, {pattern: \"{x:word}-{port}\"}]"],
    ["user: {uid: 1, gid: 1}", "user: {gid: 3, groups: [7, 5], uid: 2}"],
    ["env: {A: {range: [1, 16]}, B: b}", "env: {C: {pattern: \"{ipv4}\", optional: true}}", ""],
    ["cwd: /srv", ""], ["capabilities: [KILL, CHOWN]", "capabilities: []", ""],
    ["seccomp: none", "seccomp: inference"], ["noNewPrivileges: false", ""], ["rlimits: {NOFILE: 64, CORE: 0}", ""],
    ["scratch: {/tmp: {size: 1Mi}, /run: {size: 2Mi, mode: \"0700\"}}", ""],
    ["volumes: {/srv: {image: web-config}}", ""],
    ["limits: {memory: {range: [16Mi, 32Mi]}, pids: {max: 16}, cpu: 250m}", ""],
    ["exec: {b: {args: [b], user: {uid: 5, gid: 5}}, a: {args: [a]}}", ""], ["signals: [TERM, KILL, 3]", ""],
    ["stdio: {stdout: allow, stderr: allow}", ""], ["instances: 3", ""], ["pause: allow", ""],
  ]

  @Test(arguments: [21, 22] as [UInt64])
  func `a policy compiles to the same bytes in any order of its keys`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let lock = try imageLock()
    var bundles: Set<[UInt8]> = []
    for _ in 0..<60 {
      let containers = (0..<Int.random(in: 1...2, using: &generator)).map { index in
        (name: "c\(index)", lines: Self.keys.compactMap { $0.randomElement(using: &generator) }.filter { !$0.isEmpty })
      }
      let first = try Self.text(containers).compiled(lock)
      let policy = try Policy.decode(bundle: first.bundle)
      #expect(policy == first.policy && policy.canonicalBundle() == first.bundle)
      #expect(try Self.text(containers).compiled(lock).bundle == first.bundle)
      let shuffled = containers.map { ($0.name, $0.lines.shuffled(using: &generator)) }.shuffled(using: &generator)
      #expect(try Self.text(shuffled, comment: "# a note\n").compiled(lock).bundle == first.bundle)
      bundles.insert(first.bundle)
    }
    #expect(bundles.count > 55)
  }

  private static func text(_ containers: [(name: String, lines: [String])], comment: String = "") -> String {
    let entries = containers.map { "  \($0.name):\n" + $0.lines.map { "    \($0)\n\(comment)" }.joined() }
    return
      "\(comment)apiVersion: ward/v1\nkind: Policy\nmetadata: {name: test, version: 1}\nplatform: containerd-cri-2\n"
      + "images: images.lock\nsandbox: {}\ncontainers:\n" + entries.joined()
  }
}

extension String {
  fileprivate func compiled(_ images: ImageLock) throws -> CompiledPolicy {
    try PolicySource(Array(utf8), named: "policy.yaml").compile(images: images)
  }
}
