public import Bytes
public import Linux

/// A control group of a container: one path, in the single hierarchy of cgroup v2 or in several of v1.
///
/// Names beneath the mount points are walked by path: a cgroup file system holds no symbolic links, and only root
/// makes directories in it.
public struct Cgroup: Sendable {
  /// Where the hierarchies are mounted (file-hierarchy(7) of systemd; every distribution follows it).
  static let mountPoint: ByteString = "/sys/fs/cgroup"

  /// Absolute in each hierarchy, clean, and not the root.
  public let path: ByteString
  let layout: CgroupLayout

  /// The cgroup of a container that exists or existed.
  public init(path: ByteString) throws(SystemError) {
    self.path = path
    layout = try CgroupLayout.ofNode()
  }

  /// Whether a container can have this path: the root of a hierarchy holds the node's own processes.
  static func isUsable(_ path: ByteString) -> Bool { path.isCleanAbsolutePath && path != "/" }

  /// Whether one path is or lies beneath the other.
  static func overlap(_ left: ByteString, _ right: ByteString) -> Bool {
    left == right || left.hasPrefix(right + "/") || right.hasPrefix(left + "/")
  }

  /// Whether `join` is needed: in cgroup v2 a process can begin its life in the cgroup (`CLONE_INTO_CGROUP`).
  public var isUnified: Bool { layout == .unified }

  /// The directory in the hierarchy of cgroup v2, for `CLONE_INTO_CGROUP`.
  public func unifiedDirectory() throws(SystemError) -> FileDescriptor {
    try FileDescriptor.open(directory(nil), [.readOnly, .directory])
  }

  /// Moves a process, with all its threads, into the cgroup.
  public func join(_ pid: Int32) throws(SystemError) {
    for controller in try existingControllers() {
      try write(ByteString("\(pid)"), to: "cgroup.procs", of: controller)
    }
  }

  /// Whether all processes are stopped by the freezer; false where there is no such cgroup.
  public func isFrozen() throws(SystemError) -> Bool {
    do {
      switch layout {
      case .unified: return try read("cgroup.freeze", of: nil) == "1"
      case .legacy: return try read("freezer.state", of: .freezer) != "THAWED"
      }
    } catch  where error.errno == ErrorNumber.ENOENT {
      return false
    }
  }

  /// Stops all processes, or lets them go on. It takes effect some time later.
  func setFrozen(_ frozen: Bool) throws(SystemError) {
    switch layout {
    case .unified: try write(frozen ? "1" : "0", to: "cgroup.freeze", of: nil)
    case .legacy: try write(frozen ? "FROZEN" : "THAWED", to: "freezer.state", of: .freezer)
    }
  }

  /// The processes in the cgroup and beneath it, as pids of this process's pid namespace; none where there is no
  /// such cgroup.
  public func processes() throws(SystemError) -> [Int32] {
    let controller = try processController()
    return try processes(in: directory(controller))
  }

  private func processes(in directory: ByteString) throws(SystemError) -> [Int32] {
    var pids: [Int32] = []
    for line in try lines(of: directory.appending(path: "cgroup.procs")) {
      guard let pid = Int32(decimal: line) else {
        throw SystemError(call: "read", errno: ErrorNumber.EPROTO, object: directory.appending(path: "cgroup.procs"))
      }
      // 0 stands for a process outside this pid namespace, which cannot be named from here.
      if pid > 0 { pids.append(pid) }
    }
    for child in try Self.children(of: directory) { pids += try processes(in: directory.appending(path: child)) }
    return pids
  }

  private func lines(of file: ByteString) throws(SystemError) -> [ByteString] {
    do {
      let text = ByteString(try FileDescriptor.contents(of: file, limit: 16 << 20))
      return text.split(UInt8(ascii: "\n")).filter { !$0.isEmpty }
    } catch  where error.errno == ErrorNumber.ENOENT || error.errno == ErrorNumber.ENODEV {
      return []
    }
  }

  /// The cgroups directly beneath; none where there is no such directory.
  static func children(of directory: ByteString) throws(SystemError) -> [ByteString] {
    do {
      let opened = try FileDescriptor.open(directory, [.readOnly, .directory])
      // A cgroup has two links and one for each directory in it: most have none, and a hundred files.
      guard try opened.status().links > 2 else { return [] }
      var names: [ByteString] = []
      for name in try opened.entries() where try opened.status(of: name).kind == .directory { names.append(name) }
      return names
    } catch  where error.errno == ErrorNumber.ENOENT {
      return []
    }
  }

  /// The hierarchy that tells which processes are inside.
  func processController() throws(SystemError) -> CgroupController? {
    switch layout {
    case .unified: nil
    case .legacy: .freezer
    }
  }

  /// The hierarchies in which the cgroup exists; nil is that of v2.
  func existingControllers() throws(SystemError) -> [CgroupController?] {
    switch layout {
    case .unified: return [nil]
    case .legacy:
      var found: [CgroupController?] = []
      for controller in CgroupController.allCases {
        do {
          _ = try FileDescriptor.open(directory(controller), [.path, .directory])
          found.append(controller)
        } catch  where error.errno == ErrorNumber.ENOENT {
          // The launch did not need this one.
        }
      }
      return found
    }
  }

  /// The directory in the hierarchy of a controller; nil is that of v2.
  func directory(_ controller: CgroupController?) -> ByteString {
    guard let controller else { return Self.mountPoint + path }
    return controller.mountPoint + path
  }

  func read(_ file: ByteString, of controller: CgroupController?) throws(SystemError) -> ByteString {
    var text = try FileDescriptor.contents(of: directory(controller).appending(path: file), limit: 65536)
    if text.last == UInt8(ascii: "\n") { text.removeLast() }
    return ByteString(text)
  }

  func write(_ value: ByteString, to file: ByteString, of controller: CgroupController?) throws(SystemError) {
    let path = directory(controller).appending(path: file)
    do {
      try FileDescriptor.open(path, .writeOnly).writeAll(value.bytes)
    } catch {
      // The value is what the kernel refuses most often, so that the message names it.
      throw SystemError(call: error.call, errno: error.errno, object: path + " <- " + value)
    }
  }
}
