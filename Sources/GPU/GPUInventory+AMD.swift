internal import Bytes
internal import Linux
internal import Policy

extension GPUInventory {
  /// AMD's GPUs are render nodes of the direct rendering manager; `/dev/kfd` is for computing on any of them.
  init(amd files: borrowing KernelFiles) throws(GPUError) {
    let devices = try CharacterDevices(files)
    let major = try devices.major(of: ["drm"])
    guard major == GPURule.drmMajor else {
      throw .node(place: "devices", expected: "drm as \(GPURule.drmMajor)", actual: "\(major)")
    }
    let top: ByteString = "class/drm"
    var gpus: [NodeGPU] = []
    for name in try KernelFiles.names(top, in: files.sys) where name.hasPrefix("renderD") {
      let place = top.appending(path: name)
      guard let minor = UInt32(decimal: ByteString(name.bytes.dropFirst(7))) else {
        throw .node(place: top, expected: "renderD and a number", actual: "\(name)")
      }
      let number = try KernelFiles.required(place.appending(path: "dev"), in: files.sys).trimmed
      guard number == ByteString("\(major):\(minor)") else {
        throw .node(place: place.appending(path: "dev"), expected: "\(major):\(minor)", actual: "\(number)")
      }
      // Render nodes of other vendors are none of AMD's.
      let driver = try KernelFiles.linkName(place.appending(path: "device/driver"), in: files.sys)
      guard driver == "amdgpu" else { continue }
      gpus.append(try Self.gpu(place, minor, files))
    }
    guard !gpus.isEmpty else { throw .node(place: top, expected: "GPUs of AMD", actual: "none") }
    try self.init(
      vendor: .amd, gpus: gpus,
      control: GPUGrant.Node(path: "/dev/kfd", major: try devices.major(of: ["kfd"]), minor: 0))
  }

  private static func gpu(
    _ place: ByteString, _ minor: UInt32, _ files: borrowing KernelFiles
  ) throws(GPUError) -> NodeGPU {
    let address = try KernelFiles.linkName(place.appending(path: "device"), in: files.sys)
    try PCIFunction.check(address, vendor: .amd, driver: "amdgpu", files)
    let identity = place.appending(path: "device/unique_id")
    let uuid = "GPU-" + (try KernelFiles.required(identity, in: files.sys).trimmed)
    guard GPURule.Vendor.amd.isUUID(uuid) else {
      throw .node(place: identity, expected: "16 hexadecimal digits", actual: "\(uuid)")
    }
    let model = try KernelFiles.text(place.appending(path: "device/product_name"), in: files.sys)
    return NodeGPU(
      uuid: uuid, model: model?.trimmed ?? "", address: address,
      node: GPUGrant.Node(path: ByteString("/dev/dri/renderD\(minor)"), major: GPURule.drmMajor, minor: minor),
      instances: [])
  }
}
