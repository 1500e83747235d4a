internal import Bytes
internal import Linux
internal import Policy

/// A process that enters a running container: between clone and exec, like `InitProcess`.
///
/// Two processes do this. The first enters every namespace where no process of the container can see it, and makes the
/// second, which is born with nothing of the node: a program that may trace others would otherwise have walked into the
/// node through `/proc/PID/root` (CVE-2016-9962).
struct EnteringProcess {
  let plan: ExecPlan
  let filter: SeccompProgram?
  let domain: ProcessDomain?
  let preserved: Int32
  let cgroup: Cgroup
  /// The kinds to enter. That of pids holds for the second process only.
  let namespaces: Namespaces
  /// The container's first process.
  let pid: Int32
  /// A pidfd of it.
  let container: SharedFile
  let null: SharedFile
  let console: SharedFile?

  /// Makes the process, and ends it again where the launching process's part fails.
  ///
  /// - Parameter supervise: What the launching process does while the child sets itself up.
  func make(
    supervise: (borrowing ChildProcess, borrowing LaunchChannel) throws(ContainerError) -> Void
  ) throws(ContainerError) -> ChildProcess {
    let unified = try step("cgroup") { () throws(SystemError) in try cgroup.birthplace(plan.subgroups) }
    if let processors = plan.process.affinity?.initial {
      // Handed on to the child: where its cgroup is another from its birth, it has no moment before.
      try step("execCPUAffinity") { () throws(SystemError) in try CurrentProcess.setAffinity(processors.ranges) }
    }
    return try LaunchChannel.makeChild(into: unified, hasSibling: true, child: run, supervise: supervise)
  }

  /// Does it all, or says why not and ends.
  private func run(_ parent: consuming FileDescriptor) -> Never {
    do {
      try enterNamespaces(parent)
      try parent.becomeSibling()
      try enter(parent)
    } catch {
      parent.sendLast(LaunchReport(error))
    }
    CurrentProcess.exit(1)
  }

  private func enterNamespaces(_ parent: borrowing FileDescriptor) throws(ContainerError) {
    try step("cgroup") { () throws(SystemError) in try cgroup.joinSelf(plan.subgroups) }
    if let processors = plan.process.affinity?.final {
      try step("execCPUAffinity") { () throws(SystemError) in try CurrentProcess.setAffinity(processors.ranges) }
    }
    // While the node's procfs is in sight: the second process is born with the labels.
    try SecurityLabels(plan.process).write()
    // All at once: it is the kernel that knows the order in which rights are needed.
    try step("namespaces") { () throws(SystemError) in
      do throws(SystemError) {
        try CurrentProcess.enter(namespaces, of: container.descriptor)
      } catch  where error.errno == ErrorNumber.EPERM {
        // Where `ward` itself is in a user namespace, those that the container shares with it are not its own to enter
        // again.
        try CurrentProcess.enter(namespaces.others(than: pid), of: container.descriptor)
      }
      if namespaces.contains(.user) { try CurrentProcess.becomeRoot() }
    }
    // What is born now holds nothing of the node, not for a moment.
    try step("descriptors") { () throws(SystemError) in
      try FileDescriptor.closeAll(
        except: Array(3..<(3 + preserved)) + [parent.rawValue, null.descriptor.rawValue]
          + (console.map { [$0.descriptor.rawValue] } ?? []))
    }
  }

  private func enter(_ parent: borrowing FileDescriptor) throws(ContainerError) {
    // Otherwise this one's report could come before that of its birth.
    try step("launch socket") { () throws(SystemError) in try parent.await(.mapped) }
    let tree = try step("session") { () throws(SystemError) in
      CurrentProcess.setUmask(0)
      try CurrentProcess.startSession()
      try CurrentProcess.joinNewSessionKeyring("ward-" + plan.id.bytes)
      return FileTree(top: try FileDescriptor.open("/", [.path, .directory]))
    }
    let terminal = try openTerminal(in: tree)
    try step("standard streams") { () throws(SystemError) in
      if let terminal { try terminal.descriptor.becomeControllingTerminal() }
      try StandardStreams.install(plan.process, null: null.descriptor, terminal: terminal)
    }
    let setup = ProcessSetup(
      plan: plan.process, filter: filter, domain: domain, labels: nil,
      limitsAreSet: namespaces.contains(.user), preserved: preserved)
    let program = try setup.confine(in: tree, launcher: parent)
    try setup.sealDescriptors(except: [parent.rawValue])
    try step("launch socket") { () throws(SystemError) in
      try parent.send(.ready)
      try parent.await(.commit)
    }
    throw setup.run(program)
  }

  private func openTerminal(in tree: borrowing FileTree) throws(ContainerError) -> SharedFile? {
    guard plan.process.terminal, let console else { return SharedFile?.none }
    return try step("terminal") { () throws(SystemError) in
      // Whatever the container has made of this path, only a devpts is taken.
      let devpts = try tree.top.open(
        "dev/pts", [.path, .directory], resolve: [.inRoot, .noSymlinks, .noMagicLinks])
      return SharedFile(try Console.open(in: devpts, for: plan.process, handingMasterTo: console.descriptor))
    }
  }
}
