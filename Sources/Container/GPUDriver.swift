internal import Bytes
internal import GPU
internal import Linux
internal import Policy

/// What a container gets of the GPU's driver beside the device nodes.
extension LaunchSources {
  /// The driver's libraries in a detached tree.
  static func copies(of libraries: [GPURule.Library]) throws(ContainerError) -> SharedFile {
    do { return SharedFile(try DriverLibraries.tree(of: libraries)) } catch { throw .gpu(error.violation) }
  }

  /// The parameters of NVIDIA's module for a container: by them its libraries leave device nodes as they are.
  static func gpuParameters(_ plan: ContainerPlan) throws(ContainerError) -> ByteString? {
    switch plan.gpus?.vendor {
    case nil, .amd: return nil
    case .nvidia: break
    }
    do { return try DriverParameters(KernelFiles.ofNode()).sealed } catch { throw .gpu(error.violation) }
  }
}

extension InitProcess {
  /// Covers the module's parameters in the container's procfs. Where there are none, no library can read them: the module
  /// was removed since they were looked at, and its devices with it.
  ///
  /// The file is one of the container's `/dev` for a moment: before Linux 6.15 only a mount that has a place can be
  /// copied in part.
  borrowing func coverGPUParameters(
    _ prepared: PreparedMounts, in tree: borrowing FileTree
  ) throws(ContainerError) {
    guard let text = sources.gpuParameters else { return }
    guard let dev = prepared.dev else {
      throw .unsuitable("a container with GPUs needs a /dev of its own")
    }
    let name: ByteString = ".gpu-parameters"
    try step("/proc/driver/nvidia/params") { () throws(SystemError) in
      let file = try dev.descriptor.open(
        name, [.writeOnly, .create, .exclusive, .noFollow], resolve: .beneath, mode: 0o444)
      try file.setPermissions(0o444)
      try file.writeAll(text.bytes)
      let mount = try dev.descriptor.cloneMount(name)
      try mount.setMount([.readOnly, .noSetuid, .noDevices, .noExec], propagation: .private)
      do throws(SystemError) {
        try mount.attachMount(onto: tree.find("/proc/driver/nvidia/params", .refused))
      } catch  where error.errno == ErrorNumber.ENOENT {}
      try dev.descriptor.remove(name)
    }
  }
}
