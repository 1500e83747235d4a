package import Bytes
import RuntimeSpec
import StrictJSON

extension Policy {
  /// Decides on a command: pure, total, and refusing by default.
  ///
  /// Enforcing, explaining and simulating are this one function.
  public func evaluate(_ request: Request, on node: NodeState) -> Evaluation {
    var tried: [Attempt] = []
    return evaluate(request, on: node, &tried)
  }

  /// Decides on a command as ``evaluate(_:on:)`` does, and tells what each entry says to it.
  public func explain(_ request: Request, on node: NodeState) -> Explanation {
    var tried: [Attempt] = []
    let evaluation = evaluate(request, on: node, &tried)
    return Explanation(evaluation, tried: tried, of: names(tried, request))
  }

  private func names(_ tried: [Attempt], _ request: Request) -> [ByteString] {
    switch request {
    case .create: entries.map(\.name)
    case .exec:
      tried.first.flatMap { attempt in
        attempt.entry.map { entry in
          entry.exec.keys.sorted().map { (attempt.container?.entry ?? "") + "/" + $0 }
        }
      } ?? []
    case .start, .kill, .delete, .pause, .resume, .update: []
    }
  }

  private func evaluate(_ request: Request, on node: NodeState, _ tried: inout [Attempt]) -> Evaluation {
    guard mode != .conformance else { return admitAsSent(request, node, entry: nil, violations: [], trace: []) }
    let attempt = attempt(request, on: node, &tried)
    if attempt.violations.isEmpty, let plan = attempt.plan {
      return Evaluation(outcome: .admit(plan), entry: attempt.name, violations: [], trace: attempt.trace)
    }
    switch mode {
    case .audit:
      return admitAsSent(
        request, node, entry: attempt.name, violations: attempt.violations, trace: attempt.trace)
    case .enforce, .conformance:
      var evaluation = Evaluation(
        outcome: .deny(attempt.violations), entry: attempt.name, violations: attempt.violations, trace: attempt.trace)
      evaluation.stopsGPUs = attempt.entry?.gpu?.onViolation == .stop
      evaluation.stated = attempt.stated
      return evaluation
    }
  }

  /// The entries with their names, in order; the sandbox's is one of them.
  package var entries: [(name: ByteString, entry: ContainerEntry, shape: PlatformShape)] {
    guard let platform else { return [] }
    var entries = containers.map { ($0.key, $0.value, platform.container) }
    if let sandbox, let shape = platform.sandbox { entries.append((Policy.sandboxName, sandbox, shape)) }
    return entries.sorted { $0.0 < $1.0 }
  }

  private func attempt(_ request: Request, on node: NodeState, _ tried: inout [Attempt]) -> Attempt {
    switch request {
    case .create(let request): create(request, on: node, &tried)
    case .exec(let request): exec(request, on: node, &tried)
    case .start(let id): start(id, on: node)
    case .kill(let id, let signal, let all): kill(KillPlan(id: id, signal: signal, all: all), on: node)
    case .delete(let id, let force): delete(id, force: force, on: node)
    case .pause(let id): pause(id, .pause(id), on: node)
    case .resume(let id): pause(id, .resume(id), on: node)
    case .update(let id, let resources): update(id, resources, on: node)
    }
  }

  private func create(_ request: CreateRequest, on node: NodeState, _ attempts: inout [Attempt]) -> Attempt {
    for (name, entry, shape) in entries {
      var attempt = Attempt(policy: self, node: node, name: name, entry: entry, shape: shape)
      attempt.check(request)
      attempts.append(attempt)
      if attempt.violations.isEmpty { return attempt }
    }
    let named = attempts.first { $0.name == request.calledEntry }
    let closest = named ?? attempts.min { $0.violations.count < $1.violations.count }
    guard let closest else {
      var attempt = Attempt(policy: self, node: node)
      attempt.deny(.entryUnknown, at: "", expected: "an entry", got: "a policy without entries")
      return attempt
    }
    return closest
  }

  private func exec(_ request: ExecRequest, on node: NodeState, _ tried: inout [Attempt]) -> Attempt {
    var known = find(request.id, on: node)
    guard let container = known.container, let entry = known.entry, let shape = known.shape else { return known }
    known.require([.running], of: container)
    var attempts: [Attempt] = []
    for name in entry.exec.keys.sorted() {
      guard let rule = entry.exec[name] else { continue }
      var attempt = known
      attempt.name = (container.entry ?? "") + "/" + name
      attempt.bindings = Bindings(container.bindings)
      let hasArguments = attempt.check(request, name, rule, shape)
      tried.append(attempt)
      if attempt.violations.isEmpty { return attempt }
      if hasArguments { attempts.append(attempt) }
    }
    if let closest = attempts.min(by: { $0.violations.count < $1.violations.count }) { return closest }
    known.stated = StatedValues(own: entry.process.environment, platform: shape.environment, arguments: [])
    let names = entry.exec.keys.sorted().map(\.description).joined(separator: ", ")
    let found = "\(request.process.args?.first.quoted ?? "nothing") with \(request.process.args?.count ?? 0) arguments"
    known.deny(
      .execUnknown, at: "/args", expected: names.isEmpty ? "no exec at all" : "the arguments of one of \(names)",
      got: found)
    return known
  }

  private func start(_ id: ContainerID, on node: NodeState) -> Attempt {
    var attempt = find(id, on: node)
    guard let container = attempt.container else { return attempt }
    attempt.require([.created], of: container)
    attempt.plan = .start(id)
    return attempt
  }

  private func kill(_ plan: KillPlan, on node: NodeState) -> Attempt {
    var attempt = find(plan.id, on: node)
    guard let entry = attempt.entry else { return attempt }
    attempt.trace.append(.signal)
    if !entry.signals.contains(plan.signal) {
      let listed = entry.signals.map { String($0) }.joined(separator: ", ")
      attempt.deny(
        .signal, at: "", expected: listed.isEmpty ? "no signal at all" : "one of the signals \(listed)",
        got: "signal \(plan.signal)")
    }
    attempt.plan = .kill(plan)
    return attempt
  }

  /// A container that does not answer is as bad as one that is gone: who may stop it for how long, the entry says. A
  /// container that may not be paused may not be resumed either.
  private func pause(_ id: ContainerID, _ plan: Plan, on node: NodeState) -> Attempt {
    var attempt = find(id, on: node)
    guard let entry = attempt.entry else { return attempt }
    if !entry.canPause {
      attempt.deny(.pause, at: "", expected: "an entry with pause: allow", got: "one without")
    }
    attempt.plan = plan
    return attempt
  }

  private func update(_ id: ContainerID, _ resources: Resources, on node: NodeState) -> Attempt {
    var attempt = find(id, on: node)
    guard let entry = attempt.entry, let shape = attempt.shape else { return attempt }
    attempt.check(update: id, resources, entry, shape)
    return attempt
  }

  /// A container can always be cleared: that takes something away and starts nothing.
  private func delete(_ id: ContainerID, force: Bool, on node: NodeState) -> Attempt {
    var attempt = Attempt(policy: self, node: node)
    attempt.trace.append(.lifecycle)
    if let container = node.containers.first(where: { $0.id == id }) {
      attempt.name = container.entry
      attempt.plan = .delete(id, force: force)
    } else {
      attempt.denyUnknown(id)
    }
    return attempt
  }

  /// An attempt on a container that is there, with its entry.
  private func find(_ id: ContainerID, on node: NodeState) -> Attempt {
    var attempt = Attempt(policy: self, node: node)
    attempt.trace.append(.lifecycle)
    guard let container = node.containers.first(where: { $0.id == id }) else {
      attempt.denyUnknown(id)
      return attempt
    }
    attempt.container = container
    attempt.name = container.entry
    guard let found = entries.first(where: { $0.name == container.entry }) else {
      attempt.deny(.entryUnknown, at: "", expected: "a container that an entry admitted", got: "one without an entry")
      return attempt
    }
    (attempt.entry, attempt.shape) = (found.entry, found.shape)
    return attempt
  }
}
