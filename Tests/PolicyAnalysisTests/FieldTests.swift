import Bytes
@testable import Policy
import PolicyAnalysis
import RuntimeSpec
import Testing

/// A field that the comparison does not look at would make two policies equal that are not: each field is changed alone,
/// and a field without a change in these tables fails.
struct FieldTests {
  typealias Mutation = (inout Policy) throws -> Void

  /// The base and the mutated policy must differ, whichever is the old one.
  private func check(
    _ type: String, _ value: Any, _ mutations: [(String, Mutation)], labels: Set<String> = [], on base: Policy
  ) throws {
    let fields = Set(Mirror(reflecting: value).children.compactMap(\.label))
    #expect(fields == Set(mutations.map(\.0)).union(labels), "\(type)")
    for (field, mutate) in mutations {
      var mutated = base
      try mutate(&mutated)
      #expect(mutated != base, "\(type).\(field)")
      #expect(PolicyComparison(old: base, new: mutated).verdict != .equal, "\(type).\(field)")
      #expect(PolicyComparison(old: mutated, new: base).verdict != .equal, "\(type).\(field)")
    }
  }

  private func entry(_ policy: inout Policy, _ change: (inout ContainerEntry) throws -> Void) rethrows {
    guard var entry = policy.containers["embed"] else { return }
    try change(&entry)
    policy.containers["embed"] = entry
  }

  private func shape(_ policy: inout Policy, _ change: (inout PlatformShape) throws -> Void) rethrows {
    guard var platform = policy.platform else { return }
    try change(&platform.container)
    policy.platform = platform
  }

  @Test func `every field of a policy is compared`() throws {
    let base = try example()
    try check(
      "Policy", base,
      [
        ("mode", { $0.mode = .audit }), ("platform", { $0.platform?.sandbox?.hostname = nil }),
        ("images", { $0.images["minilm"] = $0.images["embed-service"] }),
        ("seccomp", { $0.seccomp["inference"]?.flags = 1 }), ("containers", { $0.containers = [:] }),
        ("sandbox", { $0.sandbox = nil }),
      ], labels: ["name", "version"], on: base)
  }

  @Test func `how an image is encrypted is compared`() throws {
    let base = try example()
    func policy(_ key: ByteString) throws -> Policy {
      var policy = base
      let image = try #require(policy.images["minilm"])
      policy.images["minilm"] = Image(
        name: image.name, geometry: image.geometry, integrity: image.integrity, encryption: ImageEncryption(key: key),
        references: image.references)
      return policy
    }
    #expect(PolicyComparison(old: base, new: try policy("a")).verdict != .equal)
    #expect(PolicyComparison(old: try policy("a"), new: base).verdict != .equal)
    #expect(PolicyComparison(old: try policy("a"), new: try policy("b")).verdict != .equal)
    #expect(PolicyComparison(old: try policy("a"), new: try policy("a")).verdict == .equal)
  }

  @Test func `the error correction of an image is compared`() throws {
    let base = try example()
    func policy(_ roots: UInt64) throws -> Policy {
      var policy = base
      let image = try #require(policy.images["minilm"])
      policy.images["minilm"] = Image(
        name: image.name, geometry: try #require(image.geometry.corrected(roots: roots)), integrity: image.integrity,
        references: image.references)
      return policy
    }
    #expect(PolicyComparison(old: base, new: try policy(2)).verdict != .equal)
    #expect(PolicyComparison(old: try policy(2), new: base).verdict != .equal)
    #expect(PolicyComparison(old: try policy(2), new: try policy(3)).verdict != .equal)
    #expect(PolicyComparison(old: try policy(2), new: try policy(2)).verdict == .equal)
  }

  @Test func `every field of an entry is compared`() throws {
    let base = try example()
    let embed = try #require(base.containers["embed"])
    func change(_ field: String, _ change: @escaping (inout ContainerEntry) -> Void) -> (String, Mutation) {
      (field, { entry(&$0, change) })
    }
    try check(
      "ContainerEntry", embed,
      [
        change("program") { $0.program = .image("minilm") }, change("process") { $0.process.workingDirectory = "/srv" },
        change("scratch") { $0.scratch["/a"] = ScratchPlan(size: 4096, mode: 0o700, executable: false) },
        change("volumes") { $0.volumes = [:] }, change("shared") { $0.shared["/a"] = SharedScratch(name: "a") },
        change("sysctls") { $0.sysctls["net.core.somaxconn"] = .exact("1024") },
        change("namespaces") { $0.namespaces.rules[.pid] = [.sandbox] }, change("restarts") { $0.restarts = 0 },
        change("limits") { $0.limits.rules[.cpuShares] = LimitRule(range: 1...2) },
        change("gpu") { $0.gpu = GPURule(count: 1, confidentialCompute: .required) },
        change("signals") { $0.signals = [] }, change("canPause") { $0.canPause = true },
        change("exec") { $0.exec = [:] }, change("instances") { $0.instances = 7 },
        change("needs") { $0.needs = ["sandbox"] },
      ], on: base)
  }

  @Test func `every field of a rule for GPUs is compared`() throws {
    var base = try example()
    var rule = GPURule(count: 2, confidentialCompute: .optional)
    rule.driver = .image("minilm")
    base.containers["embed"]?.gpu = rule
    func change(_ field: String, _ change: @escaping (inout GPURule) -> Void) -> (String, Mutation) {
      (
        field,
        {
          var changed = rule
          change(&changed)
          $0.containers["embed"]?.gpu = changed
        }
      )
    }
    let library = GPURule.Library(path: "/lib/x", digest: ByteString([UInt8](repeating: 0, count: 32)))
    try check(
      "GPURule", rule,
      [
        change("count") { $0.count = 1 }, change("vendor") { $0.vendor = .amd }, change("mig") { $0.mig = true },
        change("uuids") {
          $0.uuids = ["GPU-11111111-2222-3333-4444-555555555555", "GPU-21111111-2222-3333-4444-555555555555"]
        },
        change("driver") { $0.driver = .libraries([library]) },
        change("confidentialCompute") { $0.confidentialCompute = .required },
        change("evidence") { $0.evidence = .required }, change("capabilities") { $0.capabilities = [.utility] },
        change("onViolation") { $0.onViolation = .stop },
      ], on: base)
  }

  @Test func `every field of a process is compared`() throws {
    let base = try example()
    let process = try #require(base.containers["embed"]?.process)
    func change(_ field: String, _ change: @escaping (inout ProcessRule) -> Void) -> (String, Mutation) {
      (field, { entry(&$0) { change(&$0.process) } })
    }
    try check(
      "ProcessRule", process,
      [
        change("arguments") { $0.arguments.removeLast() },
        change("environment") { $0.environment = EnvironmentRules() },
        change("user") { $0.user.groups = [7] }, change("workingDirectory") { $0.workingDirectory = "/srv" },
        change("capabilities") {
          $0.capabilities = ProcessPlan.Capabilities(
            bounding: 1, effective: 0, permitted: 0, inheritable: 0, ambient: 0)
        },
        change("noNewPrivileges") { $0.noNewPrivileges = false }, change("seccomp") { $0.seccomp = nil },
        change("rlimits") { $0.rlimits["RLIMIT_CORE"] = RlimitRule(soft: 0, hard: 0) },
        change("terminal") { $0.terminal = true },
        change("streams") { $0.streams = ProcessPlan.StandardStreams(input: true, output: true, error: true) },
      ], on: base)
  }

  @Test func `every field of a platform is compared`() throws {
    let base = try example()
    let container = try #require(base.platform?.container)
    func change(_ field: String, _ change: @escaping (inout PlatformShape) throws -> Void) -> (String, Mutation) {
      (field, { try shape(&$0, change) })
    }
    try check(
      "PlatformShape", container,
      [
        change("environment") { try $0.environment.add("X_{word}", EnvironmentRule(.exact("1"), isOptional: true)) },
        change("replacedVariables") { $0.replacedVariables = ["PATH=/bin"] },
        change("mounts") { $0.mounts.removeLast() }, change("volumes") { $0.volumes.removeLast() },
        change("maskedPaths") { $0.maskedPaths.removeLast() },
        change("furtherMaskedPaths") { $0.furtherMaskedPaths.append(.exact("/srv/x")) },
        change("readonlyPaths") { $0.readonlyPaths.removeLast() },
        change("namespaces") { $0.namespaces.rules[.pid] = [.new, .sandbox] },
        change("cgroupsPath") { $0.cgroupsPath = .pattern(try Pattern("/{id}")) },
        change("annotations") { $0.annotations.removeLast() }, change("hostname") { $0.hostname = .exact("x") },
        change("domainname") { $0.domainname = .exact("x") }, change("sysctls") { $0.sysctls["net.x"] = .exact("1") },
        change("oomScoreAdj") { $0.oomScoreAdj = 0...1 },
        change("isUnconfinedAdmitted") { $0.isUnconfinedAdmitted = true },
        change("rlimits") { $0.rlimits["RLIMIT_CORE"] = RlimitRule(soft: 0, hard: 0) },
        change("furtherRlimits") { $0.furtherRlimits["RLIMIT_NPROC"] = RlimitRange(1...2) },
        change("limits") { $0.limits.rules[.cpuShares] = nil }, change("unified") { $0.unified["a.b"] = .exact("1") },
        change("deviceRules") { $0.deviceRules = [] },
      ], on: base)
  }

  @Test func `every field of a mount is compared`() throws {
    let base = try example()
    let index = try #require(base.platform?.container.mounts.firstIndex { $0.destination == "/etc/hosts" })
    let mount = try #require(base.platform?.container.mounts[index])
    func change(_ field: String, _ change: @escaping (inout MountRule) -> Void) -> (String, Mutation) {
      (field, { shape(&$0) { change(&$0.mounts[index]) } })
    }
    try check(
      "MountRule", mount,
      [
        change("destination") { $0.destination = "/etc/other" }, change("shape") { $0.shape.options = [["ro"]] },
        change("isOptional") { $0.isOptional.toggle() }, change("forced") { $0.forced = [] },
        change("isDiscarded") { $0.isDiscarded = true },
      ], on: base)
    try check(
      "VolumeShape", mount.shape,
      [
        change("type") { $0.shape.type = nil }, change("source") { $0.shape.source = .exact("/a") },
        change("options") { $0.shape.options.removeLast() },
      ], on: base)
  }

  @Test func `the small parts have the fields that the comparison knows`() throws {
    func labels(_ value: Any) -> Set<String> { Set(Mirror(reflecting: value).children.compactMap(\.label)) }
    let policy = try example()
    let image = try #require(policy.images["minilm"])
    #expect(labels(image) == ["name", "geometry", "integrity", "encryption", "references"])
    #expect(labels(image.geometry) == ["rootHash", "salt", "dataBlocks", "hashOffset", "fec"])
    #expect(labels(UserRule(uid: 1, gid: 1)) == ["uid", "gid", "groups", "umask"])
    #expect(labels(EnvironmentRules()) == ["exact", "patterns"])
    #expect(labels(EnvironmentRule(.exact(""))) == ["value", "isOptional"])
    #expect(labels(LimitRule(range: 0...1)) == ["range", "isOptional"])
    #expect(labels(try #require(policy.platform)) == ["name", "container", "sandbox"])
    #expect(labels(ScratchPlan(size: 1, mode: 0, executable: false)) == ["size", "mode", "executable", "hugePages"])
    #expect(
      labels(ProcessPlan.StandardStreams(input: true, output: true, error: true)) == ["input", "output", "error"])
    #expect(labels(try #require(policy.platform?.container.annotations.first)) == ["key", "value"])
  }
}
