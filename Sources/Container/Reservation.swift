public import Bytes
public import DecisionLog
internal import Linux
public import NodeConfiguration
public import Policy
internal import StrictJSON
internal import VerifiedImage

extension StateStore {
  /// Puts an admitted container on record, before anything of it is made.
  ///
  /// - Parameters:
  ///   - others: All containers of the node, as the decision saw them under the same lock.
  ///   - gpus: What the node gives of the GPUs that the plan asks for.
  ///   - driver: What the caller said of the cgroup.
  ///   - policy: The digest of the measured bundle, for whoever hands over keys.
  /// - Returns: what makes the container.
  /// - Throws: `alreadyExists`, and what `reserve` of a state throws.
  public func reserve(
    _ admitted: consuming AdmittedPlan, among others: [ContainerState], gpus: GPUGrant?,
    driver: ContainerState.CgroupDriver, options: LaunchOptions, configuration: NodeConfiguration,
    policy: ByteString, holding lock: borrowing Lock
  ) throws(ContainerError) -> Launch {
    guard case .create(let asked) = admitted.plan else { throw .otherPlan("create") }
    let plan: ContainerPlan
    do { plan = try asked.granting(gpus) } catch { throw .gpu(error) }
    for name in gpus?.names ?? [] where others.contains(where: { $0.gpus.contains(name) }) {
      throw .gpu(Violation(.gpuBusy, at: "", expected: "a GPU that is free", got: name.description))
    }
    try SystemdScope.check(driver)
    let (now, creator) = try system { () throws(SystemError) in
      (try Timestamp.now(), try ProcessIdentity.current())
    }
    let state = ContainerState(
      id: plan.id, root: root, entry: plan.entry, bindings: plan.bindings, bundle: plan.bundle,
      rootfs: rootfs(of: plan), created: now, annotations: plan.annotations, cgroup: plan.cgroup.path,
      cgroupDriver: driver, images: plan.images.map { ByteString(Hex.encode($0.geometry.rootHash.bytes)) },
      terminal: plan.process.terminal, record: admitted.record, creator: creator,
      hooks: plan.hooks, domain: plan.domain, resourceControl: plan.resourceControl,
      seccompListener: plan.seccompListener, gpus: gpus?.names ?? [], memory: ReservedMemory(plan))
    try reserve(state, among: others, holding: lock)
    if let count = plan.launchCount {
      do { try self.count(count, holding: lock) } catch {
        try remove(plan.id, holding: lock)
        throw error
      }
    }
    return Launch(
      plan, state: state, among: others, store: self, images: imageStore(configuration, policy: policy),
      options: options)
  }

  /// Refuses an admitted container for which the node has no memory left, before anything is done about it.
  ///
  /// - Parameter others: All containers of the node, as the decision saw them under the same lock.
  /// - Throws: `nodeMemory` where the node cannot hold what is promised.
  public func requireMemory(
    for admitted: borrowing AdmittedPlan, among others: [ContainerState], configuration: NodeConfiguration,
    holding lock: borrowing Lock
  ) throws(ContainerError) {
    guard case .create(let plan) = admitted.plan else { throw .otherPlan("create") }
    let memory = ReservedMemory(plan)
    guard !memory.isEmpty else { return }
    var promised = others.map(\.memory)
    do {
      promised.append(ReservedMemory(images: try imageStore(configuration).keptInMemory()))
    } catch { throw .unsuitable("\(error)") }
    let total = try system { () throws(SystemError) in try NodeMemory.total() }
    if let violation = memory.violation(beside: promised, of: total) { throw .nodeMemory(violation) }
  }

  /// The images of this node.
  ///
  /// - Parameter policy: the digest of the measured bundle; nil where nothing is opened.
  func imageStore(_ configuration: NodeConfiguration, policy: ByteString? = nil) -> ImageStore {
    let keys = policy.flatMap { policy in
      configuration.keyProvider.map {
        KeyProvider(program: $0, seconds: configuration.keyProviderTimeout, policy: policy)
      }
    }
    return ImageStore(
      run: run, directories: configuration.images, verity: configuration.verity, keep: configuration.keepImages,
      onCorruption: configuration.onCorruption, signed: configuration.rootHashSignatures, keys: keys)
  }

  /// Where the root's files lie on the node: a path for people and for what reads `state`.
  private func rootfs(of plan: ContainerPlan) -> ByteString {
    switch plan.root.source {
    case .image(let image):
      run.appending(path: "images").appending(path: ByteString(Hex.encode(image.geometry.rootHash.bytes)) + "/mount")
    case .directory(let path): path
    case .empty: plan.bundle.appending(path: "rootfs")
    }
  }
}
