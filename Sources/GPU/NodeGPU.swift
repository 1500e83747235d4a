public import Bytes
public import Policy

/// A GPU of this node, by the kernel's own account.
public struct NodeGPU: Equatable, Sendable {
  /// A part of a GPU with memory and processors of its own (MIG).
  public struct Instance: Equatable, Sendable {
    /// `gi1/ci0`: GPU instance and compute instance.
    public let name: ByteString
    /// Its access tokens: minor numbers of `/dev/nvidia-caps/nvidia-capN`.
    let capabilities: [UInt32]
  }

  public let uuid: ByteString
  /// As the vendor calls it.
  public let model: ByteString
  /// On the PCI bus, such as `0000:01:00.0`.
  public let address: ByteString
  let node: GPUGrant.Node
  /// Not empty where the GPU is divided.
  public let instances: [Instance]

  /// The path of its own device node.
  public var path: ByteString { node.path }
}

/// The GPUs of one vendor, and the nodes that all of their users open.
public struct GPUInventory: Equatable, Sendable {
  public let vendor: GPURule.Vendor
  /// In the order of their device nodes.
  public let gpus: [NodeGPU]
  let control: GPUGrant.Node
  /// NVIDIA's unified memory.
  let unifiedMemory: GPUGrant.Node?
  /// Major number of the access tokens of MIG instances.
  let capabilityMajor: UInt32?

  /// Looks for the GPUs of a vendor.
  ///
  /// - Throws: where there are none, or where the files of the driver and of the bus disagree.
  public init(of vendor: GPURule.Vendor, _ files: borrowing KernelFiles) throws(GPUError) {
    switch vendor {
    case .nvidia: try self.init(nvidia: files)
    case .amd: try self.init(amd: files)
    }
  }

  init(
    vendor: GPURule.Vendor, gpus: [NodeGPU], control: GPUGrant.Node, unifiedMemory: GPUGrant.Node? = nil,
    capabilityMajor: UInt32? = nil
  ) throws(GPUError) {
    for key in [gpus.map(\.uuid), gpus.map(\.address), gpus.map(\.path)] where Set(key).count != key.count {
      throw .node(place: "GPUs", expected: "each once", actual: key.map(\.description).joined(separator: ", "))
    }
    (self.vendor, self.control, self.unifiedMemory) = (vendor, control, unifiedMemory)
    self.gpus = gpus.sorted { $0.node.minor < $1.node.minor }
    self.capabilityMajor = capabilityMajor
  }
}
