internal import Attestation
internal import Bytes
internal import Container
internal import DecisionLog
internal import Linux
internal import NodeConfiguration
internal import Policy
internal import RuntimeSpec
internal import StrictJSON

/// A container that was admitted and is on record, and of which nothing is made yet: the first half of `create` and
/// `run`.
struct PreparedLaunch: ~Copyable {
  private let launch: Launch
  private let id: ContainerID
  private let entry: ByteString?
  private let store: StateStore
  private let gate: Gate

  /// Reads the bundle once, decides, and reserves the id.
  ///
  /// - Parameter waits: Whether the command waits for the program.
  static func prepare(
    _ arguments: ParsedArguments, _ options: GlobalOptions, waits: Bool
  ) throws(CommandError) -> PreparedLaunch {
    let id = try arguments.containerID()
    guard !arguments.isOn("no-pivot") else {
      throw CommandError("--no-pivot is refused: without pivot_root, the node's files would stay in reach")
    }
    let preserved = try LaunchFlags.preserved(arguments)
    try LaunchFlags.protect(options, preserving: preserved)
    let launchOptions = try LaunchFlags.options(
      arguments, preserving: preserved, waits: waits,
      notify: reported { () throws(SystemError) in try NotifySocket.ofEnvironment() })
    let bundle = try Bundle.open(arguments.value("bundle"))
    let sent = try Document.spec(in: bundle)
    var spec = sent.value
    try spec.process?.announceListenDescriptors()
    if launchOptions.notify != nil { spec.addNotifySocket(of: id, in: options.store) }
    let request = CreateRequest(
      id: id, bundle: bundle.path, spec: spec, preservedDescriptors: Int(preserved))

    let store = options.store
    let gate = try Gate(for: .create, id)
    let lock = try Gate.lock(store)
    let (states, node) = try reported { () throws(ContainerError) in
      let states = try store.all()
      return (states, try store.nodeState(of: states, withLaunches: true))
    }
    let plan = try gate.admit(.create(request), sent.document(with: spec), on: node)
    let entry: ByteString? = if case .create(let container) = plan.plan { container.entry } else { nil }
    if states.contains(where: { $0.id == id }) {
      // Only a policy that admits what is sent comes here: the others deny. On record it is a refusal all the same, and
      // the caller hears what it knows from other runtimes.
      let taken = Violation(.idTaken, at: "", expected: "an id that is free", got: "\"\(id)\"")
      _ = try gate.refuse(.create, id, entry: entry, because: taken)
      throw CommandError(ContainerError.alreadyExists)
    }
    do {
      try store.requireMemory(for: plan, among: states, configuration: gate.configuration, holding: lock)
    } catch {
      throw try gate.failure(error, of: .create, id, entry: entry)
    }
    let gpus = try gate.gpus(for: plan, among: states)
    try gate.measureLaunch(plan)
    let launch: Launch
    do {
      launch = try store.reserve(
        plan, among: states, gpus: gpus, driver: options.cgroupDriver, options: launchOptions,
        configuration: gate.configuration, policy: gate.policy.identity.digest, holding: lock)
    } catch {
      throw try gate.failure(error, of: .create, id, entry: entry)
    }
    return PreparedLaunch(launch: launch, id: id, entry: entry, store: store, gate: gate)
  }

  /// Makes the container.
  borrowing func make<Value>(_ body: (Launch) throws(ContainerError) -> Value) throws(CommandError) -> Value {
    do {
      return try body(launch)
    } catch {
      throw try gate.failure(error, of: .create, id, entry: entry)
    }
  }

  /// Removes the container.
  borrowing func clear() throws(CommandError) {
    do { try store.clear(store.load(id), gate.configuration) } catch { throw CommandError(error) }
  }
}
