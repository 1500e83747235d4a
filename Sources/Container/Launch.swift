internal import Bytes
public import Linux
internal import Policy
internal import VerifiedImage

/// The making of a container, from its plan to a process that waits to be started.
///
/// The container is on record (`StateStore.reserve`) before this begins. Whatever fails, everything that was made is
/// taken back, the record too; where this process is killed, the record tells `delete --force` what to clear, and the
/// container's process ends by itself since its connection ends.
public struct Launch {
  let plan: ContainerPlan
  let state: ContainerState
  /// All containers of the node, as the decision saw them.
  let others: [ContainerState]
  let store: StateStore
  let images: ImageStore
  let options: LaunchOptions

  /// Prepares the launch of a container whose state is reserved.
  init(
    _ plan: ContainerPlan, state: ContainerState, among others: [ContainerState], store: StateStore,
    images: ImageStore, options: LaunchOptions
  ) {
    (self.plan, self.state, self.others) = (plan, state, others)
    (self.store, self.images, self.options) = (store, images, options)
  }

  /// Makes the container up to the start barrier.
  public func create() throws(ContainerError) { _ = try make(waiting: true) }

  /// Makes the container, runs its program to the end and passes signals on to it.
  ///
  /// - Returns: how the program ended.
  public func run() throws(ContainerError) -> ExitStatus {
    // Before there is a child whose end could go unnoticed.
    try step("signals") { () throws(SystemError) in
      if options.adoptsOrphans { try CurrentProcess.becomeSubreaper() }
      try CurrentProcess.blockSignals()
    }
    let child = try make(waiting: false)
    return try options.wait(for: child, running: plan.process)
  }

  /// Makes the container whose program runs at once, without waiting for its end; where the caller asked to be notified,
  /// until it says that it is ready.
  public func runDetached() throws(ContainerError) {
    let child = try make(waiting: false)
    try step("notify socket") { () throws(SystemError) in try options.notify?.relay(of: child.pid, child.handle) }
  }

  private func make(waiting: Bool) throws(ContainerError) -> ChildProcess {
    var progress = LaunchProgress()
    do {
      return try makeParts(waiting, &progress)
    } catch {
      if case .hook = error { progress.hooksBegan = true }
      // What the caller hears of is the first failure. Where this one fails too, the record stays for `delete --force`.
      do { try takeBack(progress) } catch {}
      throw error
    }
  }

  private func makeParts(_ waiting: Bool, _ progress: inout LaunchProgress) throws(ContainerError) -> ChildProcess {
    let namespaces = NamespaceSet(plan.namespaces)
    let scope = try SystemdScope(plan.cgroup.path, state.cgroupDriver)
    let holder = try scope?.start(plan.cgroup)
    let cgroup = try Cgroup.create(
      plan.cgroup, isThere: holder != nil, hasPidNamespace: namespaces.created.contains(.pid))
    try cgroup.handOver(to: plan)
    if let terms = plan.resourceControl {
      let control = try ResourceControl(terms, of: plan.id)
      try control.make()
      progress.control = control
    }
    // The container is given its directory.
    try options.notify?.prepare(store, plan.id, binds: !waiting)
    let sources = try LaunchSources(
      plan, namespaces, cgroup, options, among: others, store, images: images)
    if let filter = sources.filter { try store.keep(filter, of: plan.id) }
    var barrier: SharedFile?
    if waiting {
      let directory = try store.directory(of: plan.id)
      barrier = try step("start barrier") { () throws(SystemError) in
        SharedFile(try StartBarrier.make(in: directory))
      }
    }
    let needsHome = state.hooks != nil || !plan.networkDevices.isEmpty
    let home = !needsHome ? nil : try HomeNamespaces(leaving: namespaces, plan)
    let joined = try JoinedNamespaces(namespaces, among: others, store)
    let child = try InitProcess.make(
      plan, namespaces, joined, sources, cgroup, barrier, ContainerHooks(state),
      preserved: options.preservedDescriptors
    ) { (child, channel) throws(ContainerError) in
      try home?.enter()
      try supervise(child, channel, sources, waiting: waiting, &progress)
    }
    if let holder { try holder.letGo() }
    return child
  }

  /// Removes what was made. Its processes have ended by now, but those that the first one has made.
  ///
  /// Where hooks have run, those of the end undo what they did (runtime.md, steps 3 and 13).
  private func takeBack(_ progress: LaunchProgress) throws(ContainerError) {
    let cgroup = try system { () throws(SystemError) in try Cgroup(path: plan.cgroup.path) }
    try cgroup.end()
    try SystemdScope(plan.cgroup.path, state.cgroupDriver)?.stop()
    try cgroup.remove()
    try progress.control?.remove()
    do { try images.release(for: plan.id) } catch { throw .unsuitable("\(error)") }
    let lock = try store.lock()
    if let count = plan.launchCount { try store.uncount(count, holding: lock) }
    try store.remove(plan.id, holding: lock)
    _ = consume lock
    if progress.hooksBegan { store.runPoststop(of: state) }
  }
}
