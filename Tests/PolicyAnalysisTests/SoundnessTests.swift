import Bytes
@testable import Policy
@testable import PolicyAnalysis
import Testing

/// Where fields hang on one another, the comparison says no more than it knows.
struct SoundnessTests {
  private func text(_ containers: String) -> String {
    "apiVersion: ward/v1\nkind: Policy\nmetadata: {name: a, version: 1}\nplatform: bare-1\nimages: images.lock\n"
      + "containers:\n" + containers
  }

  private func entry(_ name: String, args: String, _ more: String = "") -> String {
    "  \(name):\n    image: busybox\n    args: \(args)\n    user: {uid: 1, gid: 1}\n"
      + (more.isEmpty ? "" : "    \(more)\n")
  }

  private func compare(_ old: String, _ new: String) throws -> PolicyComparison {
    PolicyComparison(old: try compile(text(old)), new: try compile(text(new)))
  }

  @Test func `removing an entry that another one overlaps is not narrower`() throws {
    let wide = entry("b", args: "[{pattern: \"/bin/{word}\"}]", "signals: [TERM]")
    let one = entry("a", args: "[/bin/x]", "scratch: {/tmp: {size: 1Mi}}")
    #expect(try compare(one + wide, wide).verdict == .wider)
    // Apart, it is.
    #expect(try compare(entry("a", args: "[/srv/x]") + wide, wide).verdict == .narrower)
  }

  @Test func `a change of an exec that another one overlaps is undecided`() throws {
    let old = entry("a", args: "[/bin/a]", "exec: {p: {args: [/bin/p]}, q: {args: [{pattern: \"/bin/{word}\"}]}}")
    let new = old.replacing("p: {args: [/bin/p]}, ", with: "")
    let comparison = try compare(old, new)
    #expect(comparison.verdict == .wider)
    #expect(comparison.differences.contains { $0.kind == .undecided })
  }

  @Test func `a name that ties two values together is seen`() throws {
    let tied = entry(
      "a", args: "[\"{x:word}\", \"{x:word}\"]".replacing("\"{x:word}\"", with: "{pattern: \"{x:word}\"}"))
    let free = tied.replacing("x:", with: "")
    let wider = try compare(tied, free)
    #expect(wider.verdict == .wider)
    #expect(wider.differences.contains { $0.kind == .admitted })
    // The other way round each value alone fits: that the two must be equal is not decided, and so not narrower.
    #expect(try compare(free, tied).verdict != .equal)
    #expect(try compare(tied, tied).verdict == .equal)
    // Another name ties them just as well; the comparison does not rename, and says that it does not know.
    #expect(try compare(tied, tied.replacing("x:", with: "y:")).verdict != .narrower)
  }

  @Test func `scratch over a mount of the platform is not merely less when it goes`() throws {
    var old = try compile(text(entry("a", args: "[/bin/a]")))
    old.containers["a"]?.scratch["/sys/x"] = ScratchPlan(size: 4096, mode: 0o700, executable: false)
    var new = old
    new.containers["a"]?.scratch = [:]
    #expect(PolicyComparison(old: old, new: new).verdict == .narrower)
    let rule = MountRule(
      destination: "/sys/x", shape: VolumeShape(type: "tmpfs", source: .exact("tmpfs"), options: [[]]), isOptional: true
    )
    old.platform?.container.mounts.append(rule)
    new.platform?.container.mounts.append(rule)
    #expect(PolicyComparison(old: old, new: new).verdict == .wider)
  }

  @Test func `names in patterns of names leave the environment undecided`() throws {
    var old = try compile(text(entry("a", args: "[/bin/a]")))
    var rules = EnvironmentRules()
    try rules.add("X_{x:word}", EnvironmentRule(.exact("1"), isOptional: true))
    old.containers["a"]?.process.environment = rules
    var new = old
    #expect(PolicyComparison(old: old, new: new).verdict == .equal)
    try rules.add("X_A", EnvironmentRule(.exact("1"), isOptional: true))
    new.containers["a"]?.process.environment = rules
    #expect(PolicyComparison(old: old, new: new).verdict == .wider)
  }
}
