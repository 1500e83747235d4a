internal import Bytes
internal import Linux
internal import Policy

extension GPUInventory {
  private static let gpusPlace: ByteString = "driver/nvidia/gpus"

  /// NVIDIA's driver lists its GPUs in procfs by their addresses.
  init(nvidia files: borrowing KernelFiles) throws(GPUError) {
    let devices = try CharacterDevices(files)
    let major = try devices.major(of: ["nvidia", "nvidia-frontend"])
    guard major == GPURule.nvidiaMajor else {
      throw .node(place: "devices", expected: "nvidia as \(GPURule.nvidiaMajor)", actual: "\(major)")
    }
    try DriverParameters(files).check()
    var gpus: [NodeGPU] = []
    for address in try KernelFiles.names(Self.gpusPlace, in: files.proc) {
      if let gpu = try Self.gpu(address, files) { gpus.append(gpu) }
    }
    guard !gpus.isEmpty else { throw .node(place: Self.gpusPlace, expected: "GPUs", actual: "none") }
    let hasInstances = gpus.contains { !$0.instances.isEmpty }
    try self.init(
      vendor: .nvidia, gpus: gpus,
      control: GPUGrant.Node(path: "/dev/nvidiactl", major: major, minor: GPURule.nvidiaControlMinor),
      unifiedMemory: GPUGrant.Node(path: "/dev/nvidia-uvm", major: try devices.major(of: ["nvidia-uvm"]), minor: 0),
      capabilityMajor: hasInstances ? try devices.major(of: ["nvidia-caps"]) : nil)
  }

  private static func gpu(_ address: ByteString, _ files: borrowing KernelFiles) throws(GPUError) -> NodeGPU? {
    let place = gpusPlace.appending(path: address).appending(path: "information")
    let fields = try KernelFiles.required(place, in: files.proc).fields
    func field(_ key: ByteString) throws(GPUError) -> ByteString {
      guard let value = fields[key], !value.isEmpty else {
        throw .node(place: place, expected: "\(key)", actual: "nothing, or two of them")
      }
      return value
    }
    guard try field("Bus Location") == address else {
      throw .node(place: place, expected: "Bus Location \(address)", actual: "\(try field("Bus Location"))")
    }
    // The driver keeps away from it: no node of it works.
    if fields["GPU Excluded"] == "Yes" { return nil }
    try PCIFunction.check(address, vendor: .nvidia, driver: "nvidia", files)
    let uuid = try field("GPU UUID")
    guard GPURule.Vendor.nvidia.isUUID(uuid) else {
      throw .node(
        place: place, expected: "the UUID of a GPU that has been initialised (nvidia-persistenced)", actual: "\(uuid)")
    }
    let text = try field("Device Minor")
    guard let minor = UInt32(decimal: text), minor < GPURule.nvidiaControlMinor - 1 else {
      throw .node(place: place, expected: "a minor number below 254", actual: "\(text)")
    }
    return NodeGPU(
      uuid: uuid, model: try field("Model"), address: address,
      node: GPUGrant.Node(path: ByteString("/dev/nvidia\(minor)"), major: GPURule.nvidiaMajor, minor: minor),
      instances: try instances(ofGPU: minor, files))
  }

  /// The instances of a divided GPU: who may open the access tokens of both its parts may use it.
  private static func instances(
    ofGPU minor: UInt32, _ files: borrowing KernelFiles
  ) throws(GPUError) -> [NodeGPU.Instance] {
    let top = ByteString("driver/nvidia/capabilities/gpu\(minor)/mig")
    var instances: [NodeGPU.Instance] = []
    for part in try KernelFiles.names(top, in: files.proc) where part.hasPrefix("gi") {
      let place = top.appending(path: part)
      for unit in try KernelFiles.names(place, in: files.proc) where unit.hasPrefix("ci") {
        instances.append(
          NodeGPU.Instance(
            name: part.appending(path: unit),
            capabilities: [
              try capability(place.appending(path: "access"), files),
              try capability(place.appending(path: unit).appending(path: "access"), files),
            ]))
      }
    }
    return instances
  }

  private static func capability(_ place: ByteString, _ files: borrowing KernelFiles) throws(GPUError) -> UInt32 {
    let fields = try KernelFiles.required(place, in: files.proc).fields
    guard let minor = fields["DeviceFileMinor"].flatMap({ UInt32(decimal: $0) }), minor > 0 else {
      throw .node(place: place, expected: "DeviceFileMinor", actual: "none")
    }
    return minor
  }
}
