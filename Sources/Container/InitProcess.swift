internal import Bytes
internal import Linux
internal import Policy

/// The container's first process from its birth to the program: everything between clone and exec is in the files
/// named `Init`, and in `ProcessSetup`, which `exec` shares.
///
/// The process is a copy of the launching one. It has one thread and may allocate, and it ends with exec or `exit`:
/// no value of the copy is ever cleaned up by anybody else.
struct InitProcess: ~Copyable {
  let plan: ContainerPlan
  let namespaces: NamespaceSet
  let joined: JoinedNamespaces
  let sources: LaunchSources
  let cgroup: Cgroup
  let preserved: Int32
  /// The connection to the launching process.
  let parent: FileDescriptor
  /// Where `start` connects; nil where the program runs as soon as the container is on record.
  let barrier: SharedFile?
  let hooks: ContainerHooks?

  /// Does it all, or says why not and ends.
  consuming func run() -> Never {
    do {
      try launch()
    } catch {
      parent.sendLast(LaunchReport(error))
    }
    CurrentProcess.exit(1)
  }

  /// The order, and the reasons for it.
  private borrowing func launch() throws(ContainerError) {
    // 1. The cgroup first: what the container's files take in memory is its own, and the cgroup namespace shows the
    //    cgroup in which it is made.
    try step("cgroup") { () throws(SystemError) in
      try cgroup.joinSelf()
      // This process holds nothing of the node but what it still needs: a lock that it kept would be held until start.
      try FileDescriptor.closeAll(except: descriptors)
    }
    // 2. Namespaces that are entered or made from within. A container that shares its pid namespace could look at
    //    this process: it is not dumpable since the launching process was not.
    try enterNamespaces()
    CurrentProcess.setUmask(0)
    try step("session") { () throws(SystemError) in
      try CurrentProcess.startSession()
      try CurrentProcess.joinNewSessionKeyring("ward-" + plan.id.bytes)
    }
    try configureNamespaces()
    // 3. File systems are made while the node's are still there: the kernel gives a user namespace a procfs only where
    //    it already sees one. Nothing of the container's own files is walked yet.
    let mounts = try prepareMounts()
    let labels = try SecurityLabels(plan.process)
    // 4. From here on no path can lead to a file of the node: its tree is gone before the first path of the container
    //    is walked.
    //    Hooks are told of the root while it is still in the node's tree: only with them, its place is another.
    let runsHooks = hooks?.plan.precedeRoot ?? false
    let tree = runsHooks ? try placeRoot(at: rootPath()) : try enterRoot()
    // 5. The container's files, then what it must not see or change, then its root as read-only.
    let terminal = try attach(mounts, to: tree)
    if runsHooks {
      try runHooks()
      try leaveNode(for: tree)
    }
    try changeSettings()
    try conceal(in: tree, null: mounts.null)
    try makeWorkingDirectory(in: tree)
    try finishRoot(tree, mounts)
    // 6. Who it is and what it may do, and whether there is a program at all.
    try step("standard streams") { () throws(SystemError) in
      try installStreams(terminal)
    }
    let setup = ProcessSetup(
      plan: plan.process, filter: sources.filter, domain: plan.domain, labels: labels,
      limitsAreSet: namespaces.hasOwnUser, preserved: preserved)
    let program = try setup.confine(in: tree, launcher: parent)
    try setup.sealDescriptors(except: [parent.rawValue] + (barrier.map { [$0.descriptor.rawValue] } ?? []))
    // 7. Created. Only the socket of the barrier is still of use.
    try step("launch socket") { () throws(SystemError) in
      try CurrentProcess.setName(StartBarrier.waitingName)
      try parent.send(.ready)
      try parent.await(.commit)
    }
    let starter = try waitForStart()
    let error = runStartHooks() ?? setup.run(program)
    guard case .some(let starter) = starter else { throw error }
    starter.descriptor.sendLast(LaunchReport(error))
    CurrentProcess.exit(1)
  }

  /// What the process still needs, and what its program inherits.
  private var descriptors: [Int32] {
    Array(3..<(3 + preserved)) + [parent.rawValue] + (barrier.map { [$0.descriptor.rawValue] } ?? [])
      + joined.descriptors + sources.descriptors
  }

  private borrowing func installStreams(_ terminal: SharedFile?) throws(SystemError) {
    if let terminal { try terminal.descriptor.becomeControllingTerminal() }
    try StandardStreams.install(plan.process, null: sources.null.descriptor, terminal: terminal)
  }

  /// A missing working directory is made while the root can still be written to.
  private borrowing func makeWorkingDirectory(in tree: borrowing FileTree) throws(ContainerError) {
    let path = plan.process.workingDirectory
    try step("working directory \"\(path)\"") { () throws(SystemError) in _ = try tree.directory(path) }
  }
}

extension FileDescriptor {
  /// Says a last word to a process that may have gone: then there is nobody left to tell, and this process ends anyway.
  borrowing func sendLast(_ report: LaunchReport) {
    do { try send(report) } catch {}
  }
}
