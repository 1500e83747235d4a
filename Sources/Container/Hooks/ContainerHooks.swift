internal import Bytes
internal import Linux
internal import Policy
internal import RuntimeSpec
internal import StrictJSON

/// The hooks of a container, with what each of them is told of it.
struct ContainerHooks {
  let plan: HooksPlan
  private let container: ContainerState

  /// Nil where the container has none.
  init?(_ container: ContainerState) {
    guard let plan = container.hooks else { return nil }
    (self.plan, self.container) = (plan, container)
  }

  /// Whether anything runs at one of these points.
  func has(_ points: HooksPlan.Point...) -> Bool { points.contains { plan.hooks[$0] != nil } }

  /// Runs what there is for a point, one after the other, up to the first failure.
  ///
  /// - Parameter pid: The container's process, as whoever runs the hook sees it.
  func run(_ point: HooksPlan.Point, pid: Int32) throws(ContainerError) {
    let input = state(at: point, pid: pid)
    for (index, hook) in plan[point].enumerated() { try run(hook, index, point, input) }
  }

  /// Runs what there is after the container's end. A failure holds nothing up (runtime.md, step 13).
  ///
  /// - Returns: what is to be warned of.
  func runPoststop() -> [String] {
    let input = state(at: .poststop, pid: 0)
    var warnings: [String] = []
    for (index, hook) in plan[.poststop].enumerated() {
      do { try run(hook, index, .poststop, input) } catch { warnings.append("\(error)") }
    }
    return warnings
  }

  private func run(
    _ hook: HooksPlan.Hook, _ index: Int, _ point: HooksPlan.Point, _ input: [UInt8]
  ) throws(ContainerError) {
    do throws(ContainerError) {
      try hook.run(input: input, in: directory(at: point))
    } catch {
      throw .hook("error running \(point.rawValue) hook #\(index) \(error)")
    }
  }

  /// The bundle, where it can be reached: after the container's end it may be gone.
  private func directory(at point: HooksPlan.Point) -> ByteString? {
    switch point {
    case .prestart, .createRuntime, .createContainer, .poststart: container.bundle
    case .startContainer: nil
    case .poststop: "/"
    }
  }

  private func state(at point: HooksPlan.Point, pid: Int32) -> [UInt8] {
    let status: ContainerStatus =
      switch point {
      // `create` has not finished.
      case .prestart, .createRuntime, .createContainer: .creating
      case .startContainer: .created
      case .poststart: .running
      case .poststop: .stopped
      }
    return JSONWriter.encode(container.state(status, pid: pid).json)
  }
}

extension ContainerState {
  /// The state in the form of the specification, as hooks and seccomp agents get it.
  func state(_ status: ContainerStatus, pid: Int32) -> State {
    var state = State(id: id.bytes, status: status, pid: pid, bundle: bundle)
    state.rootfs = rootfs
    state.created = created
    state.annotations = annotations.isEmpty ? nil : annotations
    return state
  }
}
