internal import Bytes
internal import StrictJSON

/// GPUs by the resource that a device plugin counts.
extension ContainerDraft {
  func addGPUs(to lines: inout PolicyLines) throws(JSONError) {
    let limits = container.resources.limits
    let (nvidia, amd) = (limits.gpus ?? 0, limits.amdGPUs ?? 0)
    guard nvidia == 0 || amd == 0 else {
      throw JSONError(.refused("amd.com/gpu: expected GPUs of one vendor")).under("amd.com/gpu").under("limits")
        .under("resources")
    }
    if nvidia > 0 {
      lines.note("confidential compute is required, unless confidentialCompute: optional is added", indent: 4)
      lines.note("the driver's libraries must be in the image, unless a driverImage is added", indent: 4)
      lines.add("gpu: {count: \(nvidia)}", indent: 4)
    }
    if amd > 0 {
      lines.note("AMD's GPUs have no confidential mode that can be attested", indent: 4)
      lines.add("gpu: {count: \(amd), vendor: amd, confidentialCompute: optional}", indent: 4)
    }
  }

  /// What NVIDIA's device plugin has kubelet say: which GPUs it counts as taken. It selects nothing.
  var deviceVariable: EnvironmentDraft? {
    guard let count = container.resources.limits.gpus, count > 0 else { return nil }
    let uuid: [ValueDraft.Part] = [.text("GPU-"), .hole("uuid")]
    let parts = (0..<count).reduce(into: [ValueDraft.Part]()) { $0 += ($1 == 0 ? [] : [.text(",")]) + uuid }
    var variable = EnvironmentDraft(
      name: "NVIDIA_VISIBLE_DEVICES", value: ValueDraft(parts: parts), origin: .source)
    variable.isOptional = true
    variable.note = "of kubelet's device plugin; which GPU it is, ward says"
    return variable
  }
}
