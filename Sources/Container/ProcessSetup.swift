internal import Bytes
internal import Linux
internal import Policy

/// The last stretch of a process on its way to the program: the same for a container's first process and for one that
/// enters it later. It has its namespaces, its cgroup and the container's root by now.
struct ProcessSetup {
  let plan: ProcessPlan
  let filter: SeccompProgram?
  let domain: ProcessDomain?
  /// Nil where the process has them from its birth.
  let labels: SecurityLabels?
  /// Whether the launching process sets the limits: in a user namespace of others this one may not raise any.
  let limitsAreSet: Bool
  /// How many descriptors from 3 upward the program inherits.
  let preserved: Int32

  /// The program with all that it takes to execute it.
  struct Program {
    let path: ByteString
    let arguments: [ByteString]
    let environment: [ByteString]
  }

  /// Takes on the process's identity and confinement, and finds the program.
  ///
  /// - Parameters:
  ///   - tree: The container's root, in which the working directory lies.
  ///   - launcher: The connection to the launching process.
  /// - Returns: nil where the process is to pause.
  func confine(
    in tree: borrowing FileTree, launcher: borrowing FileDescriptor
  ) throws(ContainerError) -> Program? {
    if !limitsAreSet {
      for limit in plan.limits {
        try step("limits") { () throws(SystemError) in
          try CurrentProcess.setLimit(limit.resource, soft: limit.soft, hard: limit.hard)
        }
      }
    }
    try takeSchedule()
    try enterWorkingDirectory(of: tree)
    let environment = try step("environment") { () throws(SystemError) in try completeEnvironment(tree) }
    try labels?.write()
    try step("user and capabilities") { () throws(SystemError) in try takeIdentity(launcher) }
    CurrentProcess.setUmask(plan.umask)
    switch plan.program {
    case .pause: return nil
    case .arguments(let arguments):
      guard let name = arguments.first else { throw .unsuitable("the process has no arguments") }
      // Under the program's own credentials, and before the container counts as created.
      let path = try Executable.find(name, environment: environment)
      if plan.noNewPrivileges && filter?.notifies == true { try loadFilter(launcher) }
      return Program(path: path, arguments: arguments, environment: environment)
    }
  }

  /// Runs the program, or pauses where there is none: returns only the reason why not.
  func run(_ program: Program?) -> ContainerError {
    guard let program else { return pause() }
    do {
      try step("signals") { () throws(SystemError) in try CurrentProcess.resetSignals() }
      // Last, so that the filter need not admit what set-up calls.
      if plan.noNewPrivileges, let filter, !filter.notifies {
        try step("seccomp") { () throws(SystemError) in try filter.load() }
      }
    } catch {
      return error
    }
    let error = CurrentProcess.execute(
      program.path, arguments: program.arguments, environment: program.environment)
    return .executable("exec \(program.path): \(ErrorNumber.text(error.errno))")
  }

  /// Waits for SIGTERM with nothing left but the namespaces that this process holds.
  private func pause() -> ContainerError {
    do {
      return try step("pause") { () throws(SystemError) in
        try CurrentProcess.setName("pause")
        try CurrentProcess.resetSignals()
        try CurrentProcess.prepareToPause()
        // Also the connection of `start`: this is its success.
        try FileDescriptor.closeAll(except: [])
        try CurrentProcess.pauseForEver()
      }
    } catch {
      return error
    }
  }

  /// Closes whatever the program is not meant to have. What it is meant to have must be there: a number that is not
  /// open yet would become a file of this program (CVE-2024-21626 was a leaked directory).
  ///
  /// - Parameter kept: What this process needs up to exec, which closes it.
  func sealDescriptors(except kept: [Int32]) throws(ContainerError) {
    for number in 3..<(3 + preserved) where !FileDescriptor.isPassedOn(number) {
      throw .unsuitable("--preserve-fds \(preserved): descriptor \(number) is not open")
    }
    try step("descriptors") { () throws(SystemError) in
      try FileDescriptor.closeAll(except: Array(3..<(3 + preserved)) + kept)
    }
  }

  /// Goes to the working directory, and makes sure that it lies in the container (CVE-2024-21626).
  private func enterWorkingDirectory(of tree: borrowing FileTree) throws(ContainerError) {
    do throws(SystemError) {
      let directory = try tree.directory(plan.workingDirectory)
      try CurrentProcess.changeDirectory(to: directory)
      let reached = try CurrentProcess.currentDirectory()
      guard reached.hasPrefix("/") else {
        throw SystemError(call: "getcwd", errno: ErrorNumber.EXDEV, object: reached)
      }
    } catch {
      throw .step("working directory \"\(plan.workingDirectory)\"", error)
    }
  }

  /// The plan's environment, and HOME where it names none.
  private func completeEnvironment(_ tree: borrowing FileTree) throws(SystemError) -> [ByteString] {
    switch plan.program {
    case .pause: return []
    case .arguments:
      if plan.environment.contains(where: { $0.hasPrefix("HOME=") }) { return plan.environment }
      return plan.environment + ["HOME=" + (try PasswdFile.home(of: plan.uid, below: tree.top))]
    }
  }

  /// Each call needs rights that a later one takes away: that is the order.
  private func takeIdentity(_ launcher: borrowing FileDescriptor) throws(SystemError) {
    let pauses = plan.program == .pause
    let sets = plan.capabilities
    // Needs CAP_SETPCAP.
    try CurrentProcess.limitCapabilities(to: pauses ? 0 : sets.bounding)
    // Without no_new_privs it needs CAP_SYS_ADMIN.
    if !plan.noNewPrivileges && !pauses { try loadFilterCall(launcher) }
    // Otherwise a user other than 0 would lose the permitted set with setresuid.
    try CurrentProcess.keepCapabilities(true)
    // Also when empty: the caller's groups must not stay.
    try CurrentProcess.setSupplementaryGroups(plan.groups)
    try CurrentProcess.setGroup(plan.gid)
    try CurrentProcess.setUser(plan.uid)
    try CurrentProcess.keepCapabilities(false)
    try CurrentProcess.setCapabilities(
      pauses
        ? ThreadCapabilities(effective: 0, permitted: 0, inheritable: 0)
        : ThreadCapabilities(
          effective: sets.effective, permitted: sets.permitted, inheritable: sets.inheritable))
    // Needs them permitted and inheritable.
    try CurrentProcess.setAmbientCapabilities(pauses ? 0 : sets.ambient)
    if plan.noNewPrivileges || pauses { try CurrentProcess.forbidNewPrivileges() }
  }

  private func loadFilter(_ launcher: borrowing FileDescriptor) throws(ContainerError) {
    try step("seccomp") { () throws(SystemError) in try loadFilterCall(launcher) }
  }

  private func loadFilterCall(_ launcher: borrowing FileDescriptor) throws(SystemError) {
    guard let filter else { return }
    guard filter.notifies else { return try filter.load() }
    // The launching process takes the listener out of this one: every call but write may wait for an answer by now.
    try launcher.send(.listener(try filter.loadWithListener()))
    try launcher.await(.proceed)
  }
}
