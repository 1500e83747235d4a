internal import Bytes
internal import Linux
internal import Policy
internal import VerifiedImage

/// Everything of the node that a launch needs, opened before anything of the container exists: from then on no path of
/// the node is walked again, and what cannot be opened leaves nothing behind.
struct LaunchSources {
  /// The detached tree that becomes the root, or lies under its RAM disk; nil for an empty root.
  let root: SharedFile?
  /// For each mount of the plan.
  let mounts: [MountSource]
  /// Nodes of the node's `/dev` where the child has no right to make its own, by their path.
  let devices: [ByteString: SharedFile]
  let null: SharedFile
  /// The node's `/proc/sys`, verified (CVE-2025-52881); nil where no setting is changed.
  let settings: SharedFile?
  /// A connection to the caller's console socket.
  let console: SharedFile?
  let filter: SeccompProgram?
  /// What NVIDIA's libraries are told instead of `/proc/driver/nvidia/params`; nil without such GPUs.
  let gpuParameters: ByteString?

  init(
    _ plan: ContainerPlan, _ namespaces: NamespaceSet, _ cgroup: Cgroup, _ options: LaunchOptions,
    among others: [ContainerState], _ store: StateStore, images: ImageStore
  ) throws(ContainerError) {
    if let label = plan.mountLabel {
      try step("mountLabel \"\(label)\"") { () throws(ContainerError) in
        try SecurityLabels.require(.seLinux, "SELinux")
      }
    }
    filter = try SeccompProgram(for: plan.process)
    null = SharedFile(try StandardStreams.openNull())
    console = try options.connectConsole(for: plan.process)
    root = try Self.root(plan, images)
    mounts = try Self.mounts(plan, cgroup, among: others, store, images)
    var devices: [ByteString: SharedFile] = [:]
    if namespaces.hasOwnUser {
      for device in DeviceNode.all(plan.devices) where device.kind != .fifo {
        devices[device.path] = try step("device \"\(device.path)\"") { () throws(SystemError) in try device.borrow() }
      }
    }
    self.devices = devices
    settings = plan.sysctls.isEmpty ? nil : try Self.openSettings()
    gpuParameters = try Self.gpuParameters(plan)
  }

  var descriptors: [Int32] {
    let single = [root, null, settings, console].compactMap { $0 }
    let ofMounts = mounts.flatMap { $0.trees.map(\.tree) + ($0.idMapping.map { [$0] } ?? []) }
    return (single + devices.values + ofMounts).map { $0.descriptor.rawValue }
  }

  private static func root(_ plan: ContainerPlan, _ images: ImageStore) throws(ContainerError) -> SharedFile? {
    switch plan.root.source {
    case .empty: return nil
    case .image(let image): return try open(image, images, plan.id)
    case .directory(let path):
      return try step("root \"\(path)\"") { () throws(SystemError) in
        let directory = try FileDescriptor.open(path, [.path, .directory])
        let tree = try directory.cloneMount(recursive: true)
        try tree.setMount([], propagation: plan.root.propagation == .slave ? .slave : .private, recursive: true)
        return SharedFile(tree)
      }
    }
  }

  static func open(_ image: Image, _ images: ImageStore, _ id: ContainerID) throws(ContainerError) -> SharedFile {
    do {
      return SharedFile(try images.mount(image, for: id))
    } catch {
      throw .image(error.violation(of: image))
    }
  }

  /// The handle looks into the namespaces of whoever uses it: the child changes its own settings through it.
  private static func openSettings() throws(ContainerError) -> SharedFile {
    try step("sysctl") { () throws(SystemError) in
      let proc = try FileDescriptor.open("/proc", [.path, .directory, .noFollow])
      guard try proc.fileSystem().magic == FileSystemMagic.proc else {
        throw SystemError(call: "fstatfs", errno: ErrorNumber.ENODEV, object: "/proc is no procfs")
      }
      return SharedFile(
        try proc.open("sys", [.path, .directory], resolve: [.beneath, .noSymlinks, .noCrossDevice]))
    }
  }
}
