import Bytes
import RuntimeSpec
import StrictJSON

/// Sections on what a command says of GPUs. An entry without GPUs admits nothing of them.
extension Attempt {
  /// Checks the devices that were sent: none, or those of the entry's GPUs.
  mutating func check(gpusOf linux: LinuxSpec, _ entry: ContainerEntry) {
    let devices = linux.devices ?? []
    guard let rule = entry.gpu else {
      if !devices.isEmpty {
        deny(
          .device, at: "/linux/devices", expected: "no devices",
          got: devices.map(\.path.quoted).joined(separator: ", "))
      }
      return
    }
    trace.append(.gpu)
    guard !rule.admits(devices.map(SentDevice.init)) else { return }
    deny(
      .gpuSent, at: "/linux/devices", expected: "no devices, or those of \(rule.count) GPUs of \(rule.vendor)",
      got: devices.map(\.path.quoted).joined(separator: ", "))
  }

  /// The device rules without those of the devices that were sent for GPUs: what is left must be the platform's. What the
  /// container may use comes from the GPUs that the node gives it.
  func withoutGPUs(_ resources: Resources?, _ linux: LinuxSpec?, _ entry: ContainerEntry) -> Resources? {
    guard entry.gpu != nil, var rest = resources, let rules = rest.devices else { return resources }
    let devices = (linux?.devices ?? []).map(SentDevice.init)
    rest.devices = rules.filter { rule in !devices.contains { $0.isAllowed(by: rule) } }
    return rest
  }

  /// Checks an annotation that names CDI devices; false where it is none, or the entry has no GPUs.
  mutating func check(cdi key: ByteString, _ value: ByteString, _ entry: ContainerEntry, at place: JSONPointer) -> Bool
  {
    guard let rule = entry.gpu, key.hasPrefix(GPURule.annotationPrefix) else { return false }
    if !rule.admits(annotated: value) {
      deny(
        .gpuSent, at: place,
        expected: "\(rule.count) GPUs as \(rule.annotatedKinds.map { "\($0)=NAME" }.joined(separator: " or "))",
        got: value.quoted)
    }
    return true
  }

  /// Where the driver's libraries lie; what was sent cannot lie there.
  func driverMounts(_ entry: ContainerEntry) -> [MountPlan] {
    guard let rule = entry.gpu else { return [] }
    let source: MountPlan.Source? =
      switch rule.driver {
      case .none: nil
      case .image(let name): policy.images[name].map(MountPlan.Source.image)
      case .libraries(let libraries): .libraries(libraries)
      }
    guard let source else { return [] }
    return [
      MountPlan(
        destination: rule.driverPlace, source: source, attributes: [.readOnly, .noSetuid, .noDevices],
        recursiveAttributes: [], propagation: .private, copyUp: false)
    ]
  }
}
