package import Bytes

/// A device node of a GPU, known by its path.
package enum GPUNodeKind: Equatable, Sendable {
  /// One GPU: `/dev/nvidia0`, `/dev/dri/renderD128`; its minor number stands in the name.
  case gpu(minor: UInt32)
  /// What every user of the vendor's GPUs opens: `/dev/nvidiactl`, `/dev/kfd`.
  case control
  /// NVIDIA's unified memory: for computing.
  case unifiedMemory
  /// An access token of a MIG instance.
  case capability(minor: UInt32)
  /// NVIDIA's nodes for displays and profilers: a specification of NVIDIA's tools lists them; no container gets them.
  case never
}

extension GPURule {
  /// Major number of NVIDIA's nodes but for unified memory and capabilities (Documentation/admin-guide/devices.txt).
  package static let nvidiaMajor: UInt32 = 195
  /// Minor number of `/dev/nvidiactl`.
  package static let nvidiaControlMinor: UInt32 = 255
  private static let nvidiaModesetMinor: UInt32 = 254
  /// Major number of the direct rendering manager, and its first render node.
  package static let drmMajor: UInt32 = 226
  package static let firstRenderMinor: UInt32 = 128

  /// What a path of `/dev` is to the vendor; nil where it is nothing of a GPU's.
  package func kind(ofNode path: ByteString) -> GPUNodeKind? {
    switch vendor {
    case .nvidia:
      switch path {
      case "/dev/nvidiactl": return .control
      case "/dev/nvidia-uvm": return .unifiedMemory
      case "/dev/nvidia-uvm-tools", "/dev/nvidia-modeset": return .never
      case _: break
      }
      if let minor = path.number(after: "/dev/nvidia-caps/nvidia-cap") { return .capability(minor: minor) }
      guard let minor = path.number(after: "/dev/nvidia"), minor < Self.nvidiaModesetMinor else { return nil }
      return .gpu(minor: minor)
    case .amd:
      if path == "/dev/kfd" { return .control }
      guard let minor = path.number(after: "/dev/dri/renderD"), (Self.firstRenderMinor..<192).contains(minor) else {
        return nil
      }
      return .gpu(minor: minor)
    }
  }

  /// Whether a container of the rule may have the node.
  package func permits(_ kind: GPUNodeKind) -> Bool {
    switch kind {
    case .gpu, .control: true
    case .unifiedMemory: capabilities.contains(.compute)
    case .capability: mig
    case .never: false
    }
  }

  /// The numbers that the kernel gives a node for good; nil where `/proc/devices` says them.
  package func fixedNumbers(of kind: GPUNodeKind, path: ByteString) -> (major: UInt32, minor: UInt32)? {
    switch (vendor, kind) {
    case (.nvidia, .gpu(let minor)): (Self.nvidiaMajor, minor)
    case (.nvidia, .control): (Self.nvidiaMajor, Self.nvidiaControlMinor)
    case (.nvidia, .never): path == "/dev/nvidia-modeset" ? (Self.nvidiaMajor, Self.nvidiaModesetMinor) : nil
    case (.amd, .gpu(let minor)): (Self.drmMajor, minor)
    case (.nvidia, .unifiedMemory), (.nvidia, .capability), (.amd, .control), (.amd, .never), (.amd, .unifiedMemory),
      (.amd, .capability):
      nil
    }
  }
}

extension ByteString {
  /// The decimal number that is all there is behind a prefix.
  fileprivate func number(after prefix: ByteString) -> UInt32? {
    guard hasPrefix(prefix) else { return nil }
    return UInt32(decimal: ByteString(bytes.dropFirst(prefix.count)))
  }
}
