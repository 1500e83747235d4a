internal import Bytes
internal import Linux
internal import Policy

/// The unit of a container on a node that systemd runs: a scope, whose cgroup systemd makes and leaves to the container.
///
/// A directory made by hand in systemd's tree would be one that systemd does not know: at its next change it would take
/// controllers and limits away again.
struct SystemdScope {
  private static let suffix: ByteString = ".scope"

  let path: ByteString
  let name: ByteString
  let slice: ByteString

  /// The scope that a cgroup stands for; nil where systemd has no part in it: another driver, no systemd, or no scope.
  /// On cgroup v1 systemd has but one hierarchy of many: there all are made by hand.
  init?(_ path: ByteString, _ driver: ContainerState.CgroupDriver) throws(ContainerError) {
    guard driver == .systemd, path.hasSuffix(Self.suffix), try SystemdConnection.isThere() else { return nil }
    guard try system({ () throws(SystemError) in try CgroupLayout.ofNode() }) == .unified else { return nil }
    self.path = path
    name = path.lastPathComponent
    slice = path.parentPath == "/" ? "-.slice" : path.parentPath.lastPathComponent
  }

  /// Refuses the driver where systemd does not run: whoever asked for it would look for a unit that is not there.
  static func check(_ driver: ContainerState.CgroupDriver) throws(ContainerError) {
    guard driver == .systemd, try !SystemdConnection.isThere() else { return }
    throw .unsuitable("systemd cgroup driver: systemd does not run on this node (/run/systemd/system is missing)")
  }

  /// Has systemd start the scope with its limits; a process of Ward's own keeps it until the container has one.
  ///
  /// - Throws: `unsuitable` also where a unit of this name is there.
  func start(_ plan: CgroupPlan) throws(ContainerError) -> ScopeHolder {
    let holder = try ScopeHolder.make()
    let properties =
      [
        BusProperty(name: "Description", value: .text("container " + plan.path.lastPathComponent)),
        BusProperty(name: "Slice", value: .text(slice)),
        BusProperty(name: "Delegate", value: .flag(true)),
        BusProperty(name: "DefaultDependencies", value: .flag(false)),
        BusProperty(name: "CollectMode", value: .text("inactive-or-failed")),
        BusProperty(name: "PIDs", value: .numbers([UInt32(holder.pid)])),
      ] + SystemdProperties.of(try plan.resources.unifiedSettings(), isNew: true)
    try run { (systemd) throws(SystemdFailure) in
      try systemd.call("StartTransientUnit", "ssa(sv)a(sa(sv))") { body in
        body.append(name)
        body.append("fail" as ByteString)
        body.append(properties)
        body.append(arrayOf: 8) { _ in }
      }
    }
    return holder
  }

  /// Tells systemd of limits that have changed, so that it does not put back the ones from before.
  func set(_ settings: [CgroupSetting]) throws(ContainerError) {
    let properties = SystemdProperties.of(settings, isNew: false)
    guard !properties.isEmpty else { return }
    var systemd = try SystemdConnection.open()
    do {
      _ = try systemd.call("SetUnitProperties", "sba(sv)") { body in
        body.append(name)
        // For this boot.
        body.append(UInt32(1))
        body.append(properties)
      }
    } catch {
      throw .unsuitable("unit \(name): \(error)")
    }
  }

  /// Ends the scope; one that is gone is not an error. A unit of this name with another cgroup is somebody else's.
  func stop() throws(ContainerError) {
    guard try isThere() else { return }
    try run(unlessMissing: true) { (systemd) throws(SystemdFailure) in
      try systemd.call("StopUnit", "ss") { body in
        body.append(name)
        body.append("replace" as ByteString)
      }
    }
  }

  /// Whether the container's cgroup is there: it goes when systemd has seen the last process end.
  private func isThere() throws(ContainerError) -> Bool {
    do {
      _ = try FileDescriptor.open(Cgroup.mountPoint + path, [.path, .directory])
      return true
    } catch  where error.errno == ErrorNumber.ENOENT {
      return false
    } catch {
      throw .system(error)
    }
  }

  /// Has systemd begin a job, and waits for its end.
  private func run(
    unlessMissing: Bool = false, _ begin: (inout SystemdConnection) throws(SystemdFailure) -> BusReader
  ) throws(ContainerError) {
    var systemd = try SystemdConnection.open()
    do throws(SystemdFailure) {
      var reply = try begin(&systemd)
      guard let job = reply.text() else { throw .refused("", "no job was begun") }
      let result = try systemd.result(ofJob: job)
      guard result == "done" else { throw .refused("JobRemoved", "the job ended with \(result)") }
    } catch {
      if unlessMissing, case .refused("org.freedesktop.systemd1.NoSuchUnit", _) = error { return }
      throw .unsuitable("unit \(name): \(error)")
    }
  }
}

extension SystemdFailure {
  fileprivate static func refused(_ name: ByteString, _ text: String) -> SystemdFailure {
    .refused(name, ByteString(text))
  }
}

/// A process that does nothing: systemd begins a scope only around a process.
struct ScopeHolder: ~Copyable {
  private let process: ChildProcess
  private var end: FileDescriptor?

  var pid: Int32 { process.pid }

  static func make() throws(ContainerError) -> ScopeHolder {
    let pipe = try system { () throws(SystemError) in try FileDescriptor.pipe() }
    return try pipe.split { (reading, writing) throws(ContainerError) -> ScopeHolder in
      let result = try system { () throws(SystemError) in try CurrentProcess.clone() }
      switch consume result {
      case .child: waitForEnd(of: reading)
      case .parent(let process): return ScopeHolder(process: process, end: writing)
      }
    }
  }

  private init(process: consuming ChildProcess, end: consuming FileDescriptor) {
    self.process = process
    self.end = consume end
  }

  /// Until the launching process lets go of the other end, or is gone.
  private static func waitForEnd(of pipe: consuming FileDescriptor) -> Never {
    do {
      try FileDescriptor.closeAll(except: [pipe.rawValue])
      _ = try pipe.read(atMost: 1)
    } catch {
      CurrentProcess.exit(1)
    }
    CurrentProcess.exit(0)
  }

  /// Ends the process and waits for it.
  consuming func letGo() throws(ContainerError) {
    end = nil
    _ = try system { () throws(SystemError) in try process.wait() }
  }
}
