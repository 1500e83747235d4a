internal import Bytes
internal import Linux
internal import Policy

/// A module of the kernel that decides by labels.
enum SecurityModule {
  case appArmor, seLinux

  /// Whether the kernel has it at work.
  func isActive() throws(SystemError) -> Bool {
    do {
      switch self {
      case .appArmor:
        return try FileDescriptor.open("/sys/module/apparmor/parameters/enabled", .readOnly).read(atMost: 1)
          == [UInt8(ascii: "Y")]
      case .seLinux:
        return try FileDescriptor.open("/sys/fs/selinux", [.path, .directory]).fileSystem().magic
          == FileSystemMagic.selinux
      }
    } catch  where error.errno == ErrorNumber.ENOENT {
      return false
    }
  }
}

/// The labels that a process takes on with its program.
struct SecurityLabels {
  /// What is written, and the open files of this process that take it: of the node's own procfs, since that of a
  /// container could lead the write elsewhere (CVE-2019-16884, CVE-2025-52881).
  private var writes: [(value: ByteString, name: String, file: SharedFile)] = []

  /// Opens what takes the labels of a plan, for the process that calls this, which still sees the node's procfs.
  ///
  /// - Throws: where a label is asked for and its module is not at work: a container that runs without it would be worse.
  init(_ plan: ProcessPlan) throws(ContainerError) {
    if let profile = plan.apparmorProfile {
      try step("AppArmor profile \"\(profile)\"") { () throws(ContainerError) in
        try Self.require(.appArmor, "AppArmor")
        let file: SharedFile
        do throws(SystemError) {
          file = try Self.open("attr/apparmor/exec")
        } catch {
          guard error.errno == ErrorNumber.ENOENT else { throw .system(error) }
          // Before Linux 5.8.
          file = try system { () throws(SystemError) in try Self.open("attr/exec") }
        }
        writes.append(("exec " + profile, "AppArmor profile \"\(profile)\"", file))
      }
    }
    if let label = plan.selinuxLabel {
      try step("SELinux label \"\(label)\"") { () throws(ContainerError) in
        try Self.require(.seLinux, "SELinux")
        let file = try system { () throws(SystemError) in try Self.open("attr/exec") }
        writes.append((label, "SELinux label \"\(label)\"", file))
      }
    }
  }

  var descriptors: [Int32] { writes.map { $0.file.descriptor.rawValue } }

  /// Has the next exec take the labels on.
  func write() throws(ContainerError) {
    for (value, name, file) in writes {
      try step(name) { () throws(SystemError) in try file.descriptor.writeAll(value.bytes) }
    }
  }

  /// Makes sure that a module is at work.
  static func require(_ module: SecurityModule, _ name: String) throws(ContainerError) {
    guard try system({ () throws(SystemError) in try module.isActive() }) else {
      throw .unsuitable("\(name) is not enabled on this node")
    }
  }

  private static func open(_ path: ByteString) throws(SystemError) -> SharedFile {
    let proc = try FileDescriptor.open("/proc", [.path, .directory, .noFollow])
    guard try proc.fileSystem().magic == FileSystemMagic.proc else {
      throw SystemError(call: "fstatfs", errno: ErrorNumber.ENODEV, object: "/proc is no procfs")
    }
    return SharedFile(
      try proc.open("thread-self/" + path, .writeOnly, resolve: [.beneath, .noMagicLinks, .noCrossDevice]))
  }
}
