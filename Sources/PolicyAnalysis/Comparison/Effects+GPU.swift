// Guarantees: every field of GPURule is compared here: as what a command gets, and as what it may say of GPUs.
internal import Bytes
internal import Policy
internal import PolicyAuthoring
internal import StrictJSON

extension Effects {
  /// What a container gets of GPUs. The name of the driver's image does not say what is in it.
  var gpuEffects: [Effect] {
    let (has, other) = (GPUUse(old), GPUUse(new))
    guard has != other else { return [] }
    return [
      Effect(
        field: place / "gpu", old: has?.text ?? "none", new: other?.text ?? "none",
        direction: GPUUse.direction(has, other),
        probe: .plainCreate)
    ]
  }
}

extension Sides {
  /// What a command may say of GPUs: nothing is always admitted.
  var gpuGaps: [Gap] {
    guard let rule = first.entry.gpu, rule != second.entry.gpu else { return [] }
    let (has, lacks) = (GPUUse(first)?.text ?? "none", GPUUse(second)?.text ?? "none")
    var gaps: [Gap] = []
    let devices = rule.sampleDevices
    if !(second.entry.gpu?.admits(devices) ?? false) {
      gaps.append(Gap(place / "gpu", has: has, lacks: lacks, .create({ $0.devices = devices })))
    }
    let (key, value) = (GPURule.annotationPrefix + "gpus", rule.sampleAnnotation)
    if !(second.entry.gpu?.admits(annotated: value) ?? false) {
      gaps.append(Gap(place / "gpu", has: has, lacks: lacks, .create({ $0.annotations[key] = value })))
    }
    return gaps
  }
}

/// A rule with what its driver's image is.
private struct GPUUse: Equatable {
  private let rule: GPURule
  private let image: VerityGeometry?
  private let integrity: Integrity?
  private let encryption: ImageEncryption?

  init?(_ scene: Scene) {
    guard var rule = scene.entry.gpu else { return nil }
    let image = rule.driver.imageNames.first.flatMap { scene.policy.images[$0] }
    if image != nil { rule.driver = .image("") }
    (self.rule, self.image, integrity) = (rule, image?.geometry, image?.integrity)
    encryption = image?.encryption
  }

  var text: String {
    let driver: String? =
      switch rule.driver {
      case .none: nil
      case .image:
        "driver image \(image.map { Hex.encode($0.rootHash.bytes) } ?? "")"
          + (encryption.map { ", encrypted with key \($0.key)" } ?? "")
          + (image?.fec.map { ", error correction with \($0.roots) roots" } ?? "")
      case .libraries(let libraries):
        "driver libraries " + libraries.map { "\($0.path) \(Hex.encode($0.digest.bytes))" }.joined(separator: ", ")
      }
    return ([rule.review] + [driver].compactMap(\.self)).joined(separator: ", ")
  }

  /// Whether the one gives more than the other. What runs in the container is neither more nor less.
  static func direction(_ old: GPUUse?, _ new: GPUUse?) -> Difference.Direction {
    guard let old, let new else { return old == nil ? .wider : .narrower }
    guard old.rule.vendor == new.rule.vendor, old.rule.mig == new.rule.mig, old.rule.driver == new.rule.driver,
      old.image == new.image, old.integrity == new.integrity, old.encryption == new.encryption,
      old.rule.onViolation == new.rule.onViolation
    else { return .other }
    if new.rule.includes(old.rule) { return .wider }
    return old.rule.includes(new.rule) ? .narrower : .other
  }
}

extension GPURule {
  /// Whether it gives everything that the other one gives, and asks no more of the GPUs.
  fileprivate func includes(_ other: GPURule) -> Bool {
    count >= other.count && (uuids.isEmpty || !other.uuids.isEmpty && Set(uuids).isSuperset(of: other.uuids))
      && (confidentialCompute == .optional || other.confidentialCompute == .required)
      && (evidence == .none || other.evidence == .required)
      && Set(capabilities).isSuperset(of: other.capabilities)
  }

  /// The nodes of so many GPUs.
  fileprivate var sampleDevices: [SentDevice] {
    let gpus: UInt32 = mig ? 1 : count
    var devices = (0..<gpus).map { index in
      switch vendor {
      case .nvidia:
        SentDevice(path: ByteString("/dev/nvidia\(index)"), major: Int64(Self.nvidiaMajor), minor: Int64(index))
      case .amd:
        SentDevice(
          path: ByteString("/dev/dri/renderD\(Self.firstRenderMinor + index)"), major: Int64(Self.drmMajor),
          minor: Int64(Self.firstRenderMinor + index))
      }
    }
    if mig { devices.append(SentDevice(path: "/dev/nvidia-caps/nvidia-cap1", major: 237, minor: 1)) }
    return devices
  }

  /// The annotation for so many GPUs.
  fileprivate var sampleAnnotation: ByteString {
    let names = (0..<Int(count)).map { index -> ByteString in
      if mig { return ByteString("0:\(index)") }
      return index < uuids.count ? uuids[index] : ByteString("\(index)")
    }
    return ByteString(names.map { "\(annotatedKinds[0])=\($0)" }.joined(separator: ","))
  }
}
