package import Bytes
import RuntimeSpec

/// What a control plane says of GPUs: its device plugin's choice, as CDI writes it into a configuration. It is compared with
/// the rule, so that a caller that has other GPUs in mind is refused; nothing of it is used.
extension GPURule {
  /// How annotations begin that name CDI devices.
  package static let annotationPrefix: ByteString = "cdi.k8s.io/"

  /// The kind of device that CDI annotations call by.
  package var annotatedKinds: [ByteString] {
    switch vendor {
    case .nvidia: ["nvidia.com/gpu", "k8s.device-plugin.nvidia.com/gpu"]
    case .amd: ["amd.com/gpu"]
    }
  }

  /// Whether a CDI annotation names as many GPUs as the rule, and none that the rule does not know:
  /// `nvidia.com/gpu=0,nvidia.com/gpu=1`.
  package func admits(annotated value: ByteString) -> Bool {
    let names = value.split(UInt8(ascii: ",")).map { device -> ByteString? in
      guard let (kind, name) = device.splitFirst(UInt8(ascii: "=")), annotatedKinds.contains(kind) else { return nil }
      return isDevice(name) ? name : nil
    }
    return !names.contains(nil) && names.count == Int(count) && Set(names).count == names.count
  }

  /// An index, a MIG index, or the UUID of a GPU; `all` is none.
  private func isDevice(_ name: ByteString) -> Bool {
    if vendor.isUUID(name) { return !mig && (uuids.isEmpty || uuids.contains(name)) }
    let parts = name.split(UInt8(ascii: ":"))
    return parts.count == (mig ? 2 : 1) && parts.allSatisfy { UInt32(decimal: $0) != nil }
  }

  /// Whether the devices are as many GPUs as the rule's, or none, with nodes that belong to them.
  package func admits(_ devices: [SentDevice]) -> Bool {
    var gpus = 0
    for device in devices {
      guard let kind = kind(ofNode: device.path), device.isCharacter else { return false }
      if let numbers = fixedNumbers(of: kind, path: device.path) {
        guard device.major == Int64(numbers.major), device.minor == Int64(numbers.minor) else { return false }
      }
      switch kind {
      case .gpu: gpus += 1
      case .capability: if !mig { return false }
      case .control, .unifiedMemory, .never: break
      }
    }
    guard Set(devices.map(\.path)).count == devices.count else { return false }
    // Several instances may lie on one GPU.
    return gpus == 0 || (mig ? gpus <= Int(count) : gpus == Int(count))
  }
}

/// A device of a configuration, as far as it is compared.
package struct SentDevice: Equatable, Sendable {
  package var path: ByteString
  package var isCharacter: Bool
  package var major: Int64?
  package var minor: Int64?

  /// Names a character device.
  package init(path: ByteString, major: Int64, minor: Int64) {
    (self.path, isCharacter, self.major, self.minor) = (path, true, major, minor)
  }

  init(_ device: Device) {
    path = device.path
    isCharacter =
      switch device.type {
      case .character, .unbuffered: true
      case .block, .fifo: false
      }
    (major, minor) = (device.major, device.minor)
  }

  /// Whether a rule of the device cgroup allows this device, and no more.
  func isAllowed(by rule: DeviceRule) -> Bool {
    guard let major, let minor else { return false }
    return rule.allow && rule.type == .character && rule.major == major && rule.minor == minor
  }
}
