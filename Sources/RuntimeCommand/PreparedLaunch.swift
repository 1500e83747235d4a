internal import Attestation
internal import Bytes
internal import Container
internal import DecisionLog
internal import Linux
internal import NodeConfiguration
internal import Policy
internal import RuntimeSpec

/// A container that was admitted and is on record, and of which nothing is made yet: the first half of `create` and
/// `run`.
struct PreparedLaunch: ~Copyable {
  private let launch: Launch
  private let id: ContainerID
  private let entry: ByteString?
  private let store: StateStore
  private let gate: Gate
  private let handleSocket: FileDescriptor?

  /// Reads the bundle once, decides, and reserves the id.
  static func prepare(_ arguments: ParsedArguments, _ options: GlobalOptions) throws(CommandError) -> PreparedLaunch {
    let id = try arguments.containerID()
    guard !arguments.isOn("no-pivot") else {
      throw CommandError("--no-pivot is refused: without pivot_root, the node's files would stay in reach")
    }
    let launchOptions = try LaunchFlags.options(arguments)
    try LaunchFlags.protect(options, preserving: launchOptions.preservedDescriptors)
    let bundle = try Bundle.open(arguments.value("bundle"))
    let request = CreateRequest(
      id: id, bundle: bundle.path, spec: try Document.spec(in: bundle),
      preservedDescriptors: Int(launchOptions.preservedDescriptors))
    let handleSocket = try PidfdSocket.connect(arguments)

    let store = options.store
    let gate = try Gate(for: .create, id)
    let lock = try Gate.lock(store)
    let (states, node) = try reported { () throws(ContainerError) in
      let states = try store.all()
      guard !states.contains(where: { $0.id == id }) else { throw ContainerError.alreadyExists }
      return (states, try store.nodeState(of: states))
    }
    let plan = try gate.admit(.create(request), on: node)
    let entry: ByteString? = if case .create(let container) = plan.plan { container.entry } else { nil }
    let launch: Launch
    do {
      launch = try store.reserve(
        plan, among: states, driver: options.cgroupDriver, options: launchOptions, configuration: gate.configuration,
        holding: lock)
    } catch {
      throw CommandError(error)
    }
    return PreparedLaunch(
      launch: launch, id: id, entry: entry, store: store, gate: gate, handleSocket: handleSocket)
  }

  /// Makes the container. An image that is not as the policy pins it is a denial too, and goes on record.
  borrowing func make<Value>(_ body: (Launch) throws(ContainerError) -> Value) throws(CommandError) -> Value {
    do {
      return try body(launch)
    } catch {
      guard case .image(let violation) = error else { throw CommandError(error) }
      throw CommandError(try gate.refuse(.create, id, entry: entry, because: violation))
    }
  }

  /// Hands the caller of `--pidfd-socket` the container's first process; where that fails, there is no container.
  borrowing func sendHandle() throws(CommandError) {
    guard handleSocket != nil else { return }
    do throws(CommandError) {
      let store = store, id = id
      let state = try reported { () throws(ContainerError) in try store.load(id) }
      do { try PidfdSocket.send(state.process, over: handleSocket) } catch { throw CommandError(error) }
    } catch {
      try clear()
      throw error
    }
  }

  /// Removes the container.
  borrowing func clear() throws(CommandError) {
    do { try store.clear(store.load(id), gate.configuration) } catch { throw CommandError(error) }
  }
}
