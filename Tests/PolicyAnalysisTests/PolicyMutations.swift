import Bytes
import Policy
@testable import PolicyAnalysis
import RuntimeSpec

/// Changes of policies and of commands, small enough that the results still have much in common.
enum PolicyMutations {
  typealias Change<Value> = @Sendable (inout Value, inout SeededGenerator) -> Void

  static func range(_ generator: inout SeededGenerator) -> ClosedRange<Int64> {
    let low = Int64.random(in: 0...8, using: &generator)
    return low...(low + Int64.random(in: 0...24, using: &generator))
  }

  private static let processes: [Change<ProcessRule>] = [
    { $0.environment = environment(&$1) }, { rule, _ in rule.terminal.toggle() },
    { $0.user.uid = UInt32.random(in: 10000...10001, using: &$1) },
    { rule, generator in
      rule.arguments[rule.arguments.count - 1] = .oneOf([.exact("8080"), .range(range(&generator))])
    },
    { rule, _ in rule.noNewPrivileges.toggle() }, { rule, _ in rule.workingDirectory = "/srv" },
    { $0.rlimits = Bool.random(using: &$1) ? ["RLIMIT_CORE": RlimitRule(soft: 0, hard: 0)] : [:] },
    { rule, generator in
      rule.streams = ProcessPlan.StandardStreams(
        input: false, output: Bool.random(using: &generator), error: Bool.random(using: &generator))
    },
  ]

  private static func environment(_ generator: inout SeededGenerator) -> EnvironmentRules {
    var rules = EnvironmentRules()
    for name in ["A", "B", "C_{port}", "C_{word}"] as [ByteString] where Bool.random(using: &generator) {
      let isPattern = name.bytes.contains(UInt8(ascii: "{"))
      do {
        try rules.add(
          name, EnvironmentRule(.range(range(&generator)), isOptional: isPattern || Bool.random(using: &generator)))
      } catch { preconditionFailure("\(error)") }
    }
    return rules
  }

  private static let entries: [Change<ContainerEntry>] = [
    { processes.randomElement(using: &$1)?(&$0.process, &$1) },
    { entry, generator in
      guard let name = entry.exec.keys.first, var rule = entry.exec[name] else { return }
      processes.randomElement(using: &generator)?(&rule, &generator)
      entry.exec[name] = rule
    },
    { $0.limits.rules[.pids] = LimitRule(range: range(&$1), isOptional: Bool.random(using: &$1)) },
    { entry, _ in entry.limits.rules[.pids] = nil },
    { entry, generator in
      let count = Int.random(in: 0...3, using: &generator)
      entry.signals = Array([9, 10, 15].shuffled(using: &generator).prefix(count)).sorted()
    },
    { entry, _ in entry.canPause.toggle() }, { $0.instances = UInt32.random(in: 1...3, using: &$1) },
    {
      $0.scratch["/tmp"] = ScratchPlan(
        size: UInt64.random(in: 1...2, using: &$1) << 20, mode: 0o1777, executable: false,
        hugePages: Bool.random(using: &$1) ? .always : nil)
    },
    { entry, _ in entry.scratch = [:] },
    { $0.restarts = Bool.random(using: &$1) ? nil : UInt32.random(in: 0...2, using: &$1) },
    { entry, generator in
      entry.sysctls = Bool.random(using: &generator) ? [:] : ["net.core.somaxconn": .range(range(&generator))]
    },
    { entry, generator in
      entry.namespaces.rules[.pid] = [[.sandbox], [.new, .sandbox], nil].randomElement(using: &generator) ?? nil
    },
  ]

  private static let shapes: [Change<PlatformShape>] = [
    { shape, generator in
      guard let index = shape.mounts.indices.randomElement(using: &generator) else { return }
      shape.mounts[index].isOptional.toggle()
    },
    { shape, generator in
      guard let index = shape.mounts.indices.randomElement(using: &generator) else { return }
      shape.mounts[index].shape.options.append(["ro"])
    },
    { shape, generator in
      guard let index = shape.mounts.indices.randomElement(using: &generator) else { return }
      shape.mounts.remove(at: index)
    },
    { shape, generator in
      guard let index = shape.mounts.indices.dropLast().randomElement(using: &generator) else { return }
      shape.mounts.swapAt(index, index + 1)
    },
    { $0.oomScoreAdj = range(&$1) }, { shape, _ in shape.furtherMaskedPaths = [.exact("/srv/x")] },
    { shape, _ in shape.hostname = .exact("sample") }, { shape, _ in shape.namespaces.rules[.cgroup] = [.new] },
    { shape, _ in shape.maskedPaths.removeLast() }, { shape, _ in shape.sysctls["net.ipv4.ip_forward"] = .exact("0") },
    { $0.unified = ["memory.high": .range(range(&$1))] },
    { $0.furtherRlimits = ["RLIMIT_NPROC": RlimitRange(range(&$1))] },
  ]

  /// Changes a policy in one place.
  static func mutate(_ policy: inout Policy, _ generator: inout SeededGenerator) {
    guard let name = policy.containers.keys.sorted().randomElement(using: &generator) else { return }
    if Int.random(in: 0..<3, using: &generator) == 0 {
      guard var platform = policy.platform else { return }
      shapes.randomElement(using: &generator)?(&platform.container, &generator)
      policy.platform = platform
    } else if policy.sandbox != nil, Int.random(in: 0..<8, using: &generator) == 0 {
      policy.sandbox?.scratch["/shared/s"] = ScratchPlan(size: 1 << 20, mode: 0o1777, executable: false)
      policy.containers[name]?.shared["/shared"] = SharedScratch(name: "s", isReadOnly: .random(using: &generator))
    } else if var entry = policy.containers[name] {
      entries.randomElement(using: &generator)?(&entry, &generator)
      policy.containers[name] = entry
    }
  }

  private static let commands: [Change<ConfigurationDraft>] = [
    { $0.process.set("A", value(&$1)) }, { $0.process.set("B", value(&$1)) }, { $0.process.set("C_8", value(&$1)) },
    { $0.process.set("C_x", value(&$1)) }, { draft, _ in draft.process.set("A", nil) },
    { draft, _ in draft.process.terminal = true }, { $0.process.oomScore = Int64.random(in: 0...32, using: &$1) },
    { $0.limits[.pids] = Int64.random(in: 0...32, using: &$1) }, { draft, _ in draft.limits[.pids] = nil },
    { draft, generator in
      if !draft.mounts.isEmpty { draft.mounts.remove(at: Int.random(in: 0..<draft.mounts.count, using: &generator)) }
    },
    { draft, generator in
      guard let index = draft.mounts.indices.randomElement(using: &generator) else { return }
      draft.mounts[index].options = ["ro"]
    },
    { draft, generator in
      guard let index = draft.mounts.indices.dropLast().randomElement(using: &generator) else { return }
      draft.mounts.swapAt(index, index + 1)
    },
    {
      let limit = UInt64.random(in: 0...32, using: &$1)
      $0.process.rlimits["RLIMIT_NPROC"] = RlimitRule(soft: limit, hard: limit)
    },
    { draft, _ in draft.hostname = "sample" }, { draft, _ in draft.maskedPaths.append("/srv/x") },
    { draft, _ in draft.namespaces[.cgroup] = "" }, { draft, _ in draft.sysctls["net.ipv4.ip_forward"] = "0" },
    { $0.unified["memory.high"] = value(&$1) }, { $0.sysctls["net.core.somaxconn"] = value(&$1) },
    { draft, _ in draft.namespaces[.pid] = ConfigurationDraft.sandboxPath(.pid) },
    { draft, _ in draft.process.noNewPrivileges.toggle() },
    { $0.process.arguments[$0.process.arguments.count - 1] = value(&$1) },
  ]

  private static func value(_ generator: inout SeededGenerator) -> ByteString {
    ByteString("\(Int.random(in: 0...33, using: &generator))")
  }

  /// A command near what an entry asks for.
  static func command(_ scene: Scene, _ generator: inout SeededGenerator) -> Witness? {
    switch Int.random(in: 0..<10, using: &generator) {
    case 0: return scene.running(.kill([9, 10, 15, 19].randomElement(using: &generator) ?? 9))
    case 1: return scene.running(.pause)
    case 2:
      guard let rule = scene.entry.exec.values.first, var draft = ProcessDraft(rule, scene.shape, scene.names) else {
        return nil
      }
      if Bool.random(using: &generator) { draft.set("A", value(&generator)) }
      return scene.running(.exec(draft.json))
    case _:
      guard var draft = scene.configuration else { return nil }
      for _ in 0..<Int.random(in: 0...2, using: &generator) {
        commands.randomElement(using: &generator)?(&draft, &generator)
      }
      return scene.create(
        draft, others: Int.random(in: 0...2, using: &generator), launched: UInt64.random(in: 0...3, using: &generator))
    }
  }
}
