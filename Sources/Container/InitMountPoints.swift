internal import Bytes
internal import Linux
internal import Policy

extension InitProcess {
  /// Gives everything its place, in the order of the plan.
  ///
  /// - Returns: the program's end of its terminal.
  borrowing func attach(_ prepared: PreparedMounts, to tree: borrowing FileTree) throws(ContainerError) -> SharedFile? {
    var procfs: Set<DeviceNumber> = []
    for next in prepared.steps {
      switch next {
      case .attach(let mount):
        do throws(SystemError) {
          try attach(mount, to: tree, &procfs)
        } catch  where error.errno == ErrorNumber.EROFS {
          throw .unsuitable(
            "mount \"\(mount.destination)\": the mount point does not exist, and the file system is read-only")
        } catch  where error.call == Self.insideProc {
          throw .unsuitable("\"\(mount.destination)\" cannot be mounted because it is inside /proc")
        } catch {
          throw .step("mount \"\(mount.destination)\"", error)
        }
      case .remount(let mount, let parameters):
        try step("mount \"\(mount.destination)\"") { () throws(SystemError) in
          let place = try tree.find(mount.destination, .refused)
          try place.change(mount)
          if let propagation = mount.propagation {
            try place.setMount(
              [], propagation: MountPropagation(propagation), recursive: mount.propagatesRecursively)
          }
          guard !parameters.isEmpty else { return }
          let context = try FileSystemContext(of: place)
          for parameter in parameters {
            if let value = parameter.value {
              try context.set(parameter.key, to: value)
            } else {
              try context.set(parameter.key)
            }
          }
          try context.reconfigure()
        }
      }
    }
    try makeOtherDevices(prepared, in: tree)
    try coverGPUParameters(prepared, in: tree)
    return try openTerminal(prepared)
  }

  private borrowing func attach(
    _ mount: PreparedMounts.Mount, to tree: borrowing FileTree, _ procfs: inout Set<DeviceNumber>
  ) throws(SystemError) {
    let point = try tree.mountPoint(mount.destination, directory: mount.isDirectory, mount.link)
    // A false file in /proc would deceive who reads it, the container's own programs among them (CVE-2019-16884).
    if let device = point.device, procfs.contains(device), !Self.coverable.contains(mount.destination) {
      throw SystemError(call: Self.insideProc, errno: ErrorNumber.EPERM, object: mount.destination)
    }
    if mount.plan?.copyUp == true { try CopyUp.copy(tree.read(mount.destination), to: mount.file.descriptor) }
    try mount.file.descriptor.attachMount(onto: point.place)
    for part in mount.parts {
      guard let name = part.name else { continue }
      let place = try mount.file.descriptor.open(name, [.path, .noFollow], resolve: [.beneath, .noSymlinks])
      try part.tree.descriptor.attachMount(onto: place)
    }
    if mount.destination == "/proc" { procfs.insert(try mount.file.descriptor.status().device) }
    guard let propagation = mount.plan?.propagation, propagation != .shared else { return }
    // On a shared mount, what is attached becomes shared (mount_namespaces(7)).
    if plan.mounts.contains(where: { $0.propagation == .shared }) {
      try mount.file.descriptor.setMount([], propagation: MountPropagation(propagation), recursive: true)
    }
  }

  private static let insideProc = "procfs"

  /// Files of procfs that programs such as lxcfs show in their own way.
  private static let coverable: Set<ByteString> = [
    "/proc/cpuinfo", "/proc/diskstats", "/proc/meminfo", "/proc/stat", "/proc/swaps", "/proc/uptime", "/proc/loadavg",
    "/proc/slabinfo", "/proc/sys/kernel/ns_last_pid", "/proc/sys/crypto/fips_enabled", "/proc/net/dev",
  ]
}
