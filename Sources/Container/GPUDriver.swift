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

  /// A file with the parameters of NVIDIA's module, in which it leaves device nodes as they are; detached.
  static func gpuParameters(_ plan: ContainerPlan) throws(ContainerError) -> SharedFile? {
    switch plan.gpus?.vendor {
    case nil, .amd: return SharedFile?.none
    case .nvidia: break
    }
    let text: ByteString
    do { text = try DriverParameters(KernelFiles.ofNode()).sealed } catch { throw .gpu(error.violation) }
    return try step("/proc/driver/nvidia/params") { () throws(SystemError) in
      let context = try FileSystemContext("tmpfs")
      try context.set("mode", to: "755")
      let tree = try context.mount([.noSetuid, .noDevices, .noExec])
      try tree.open("params", [.writeOnly, .create, .exclusive], resolve: .beneath, mode: 0o444).writeAll(text.bytes)
      let file = try tree.cloneMount("params")
      try file.setMount([.readOnly, .noSetuid, .noDevices, .noExec], propagation: .private)
      return SharedFile(file)
    }
  }
}

extension InitProcess {
  /// Covers the module's parameters in the container's procfs. Where there are none, no library can read them: the module
  /// was removed since they were looked at, and its devices with it.
  borrowing func coverGPUParameters(in tree: borrowing FileTree) throws(ContainerError) {
    guard let file = sources.gpuParameters else { return }
    do throws(SystemError) {
      try file.descriptor.attachMount(onto: tree.find("/proc/driver/nvidia/params", .refused))
    } catch  where error.errno == ErrorNumber.ENOENT {
      return
    } catch {
      throw .step("/proc/driver/nvidia/params", error)
    }
  }
}
