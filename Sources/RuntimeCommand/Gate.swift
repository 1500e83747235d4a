internal import Attestation
internal import Bytes
internal import Container
internal import DecisionLog
internal import NodeConfiguration
internal import Policy
internal import StrictJSON

/// What stands before every change: the attested policy, and the record of what it decided.
struct Gate {
  let configuration: NodeConfiguration
  let policy: AttestedPolicy
  private let log: DecisionChain

  /// Has the node's TPM vouch for the policy.
  ///
  /// - Throws: a denial that is on record, where it does not.
  init(for verb: Verb, _ id: ContainerID) throws(CommandError) {
    let configuration = try reported { () throws(NodeConfigurationError) in try NodeConfiguration.load() }
    let log = DecisionChain(configuration.decisionLog)
    do {
      policy = try AttestedPolicy.load(configuration)
    } catch { throw try Self.denial(error, on: log, verb, id) }
    (self.configuration, self.log) = (configuration, log)
  }

  /// Decides on a command and puts the decision on record.
  ///
  /// - Parameter document: what the control plane sent with it, as it is decided on.
  func admit(_ request: Request, _ document: JSONValue? = nil, on node: NodeState) throws(CommandError) -> AdmittedPlan
  {
    let decision: Decision
    do { decision = try policy.decide(request, on: node) } catch {
      throw try Self.denial(error, on: log, request.verb, request.container)
    }
    let recorded: RecordedDecision
    let stopsGPUs = decision.evaluation.stopsGPUs
    do { recorded = try log.append(decision, request: request.json(document)) } catch { throw CommandError(error) }
    switch consume recorded {
    case .admitted(let plan): return plan
    case .denied(let denial): throw stopsGPUs ? stopGPUs(after: denial) : CommandError(denial)
    }
  }

  private static func denial(
    _ error: AttestationError, on log: DecisionChain, _ verb: Verb, _ id: ContainerID
  ) throws(CommandError) -> CommandError {
    CommandError(try reported { () throws(DecisionLogError) in try log.append(error, verb: verb, container: id) })
  }

  /// Takes back what was admitted, because of what the command found on the node, and puts that on record.
  func refuse(
    _ verb: Verb, _ id: ContainerID, entry: ByteString?, because violation: Violation
  ) throws(CommandError) -> Denial {
    let recorded: RecordedDecision
    do { recorded = try log.append(policy.refuse(verb, id, entry: entry, because: violation)) } catch {
      throw CommandError(error)
    }
    switch consume recorded {
    case .denied(let denial): return denial
    case .admitted: throw CommandError("a refusal was recorded as an admission")
    }
  }

  /// Tells the event PCR of an admitted launch, so that a quote shows what this node has started.
  ///
  /// - Throws: a denial that is on record, where TPM or event log do not take it.
  func measureLaunch(_ admitted: borrowing AdmittedPlan) throws(CommandError) {
    guard case .create(let plan) = admitted.plan else { return }
    let launch = Event.Launch(
      policy: policy.identity.digest, entry: plan.entry ?? "", images: plan.images.map(\.geometry.rootHash))
    do { try policy.append(.launch(launch), configuration) } catch {
      let unmeasured = Violation(
        .launchUnmeasured, at: "", expected: "the launch in the event log", got: error.description)
      throw CommandError(try refuse(.create, plan.id, entry: plan.entry, because: unmeasured))
    }
  }

  /// What the caller hears of an admitted command that failed. An image, a GPU or memory that is not as the policy says
  /// is a denial too, and goes on record.
  func failure(
    _ error: ContainerError, of verb: Verb, _ id: ContainerID, entry: ByteString?
  ) throws(CommandError) -> CommandError {
    switch error {
    case .image(let violation), .gpu(let violation), .nodeMemory(let violation):
      CommandError(try refuse(verb, id, entry: entry, because: violation))
    case _: CommandError(error)
    }
  }

  /// Decides on a command about a container that exists.
  ///
  /// - Returns: what to do, and the container as it was when that was decided.
  func admit(
    _ request: Request, _ document: JSONValue? = nil, on id: ContainerID, in store: StateStore
  ) throws(CommandError) -> Admission {
    let lock = try Self.lock(store)
    let (state, node): (ContainerState, NodeState)
    do throws(ContainerError) {
      // The decision is about this one alone: to read all others would make a command the slower the more there are.
      state = try store.load(id)
      node = try store.nodeState(of: [state])
    } catch {
      throw CommandError(error)
    }
    let plan = try admit(request, document, on: node)
    try checkImages(of: state, for: request.verb, in: store)
    _ = consume lock
    return Admission(plan: plan, state: state)
  }

  /// Looks whether the kernel has met a block of the container's images that is not the pinned one.
  ///
  /// Nothing more is started in such a container. What ends or holds it is done, and the finding put on record, once.
  ///
  /// - Throws: a denial that is on record, where something would be started.
  private func checkImages(of state: ContainerState, for verb: Verb, in store: StateStore) throws(CommandError) {
    switch verb {
    case .create, .start, .exec:
      let found = try reported { () throws(ContainerError) in try store.corruption(of: state, configuration) }
      guard let found else { return }
      throw CommandError(try refuse(verb, state.id, entry: state.entry, because: found))
    case .kill, .delete, .pause, .resume, .update:
      let found: Violation?
      do { found = try store.corruption(of: state, configuration) } catch {
        // What runs can still be stopped where the kernel gives no account of it.
        let unknown = Violation(
          .imageUnusable, at: "", expected: "the kernel's account of the container's images", got: "\(error)")
        return try record(found: unknown, verb, state)
      }
      guard let found else { return }
      let isOnRecord = try reported { () throws(ContainerError) in try store.isCorruptionOnRecord(of: state.id) }
      guard !isOnRecord else { return }
      try record(found: found, verb, state)
      try reported { () throws(ContainerError) in try store.noteCorruptionOnRecord(of: state.id) }
    }
  }

  private func record(found: Violation, _ verb: Verb, _ state: ContainerState) throws(CommandError) {
    let finding = policy.refuse(verb, state.id, entry: state.entry, because: found)
    do { try log.append(found: finding) } catch { throw CommandError(error) }
  }

  static func lock(_ store: StateStore) throws(CommandError) -> StateStore.Lock {
    do { return try store.lock() } catch { throw CommandError(error) }
  }
}

/// An admitted command and the container that it is about.
struct Admission: ~Copyable {
  let plan: AdmittedPlan
  let state: ContainerState
}
