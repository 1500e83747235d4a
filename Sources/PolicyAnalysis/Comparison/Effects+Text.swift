// Guarantees: what stands in a difference in effect says all of the field.
internal import Bytes
internal import Policy

extension Image? {
  var text: String {
    guard let image = self else { return "no image" }
    let kind = image.integrity == .memory ? "memory" : "dm-verity"
    let key = image.encryption.map { ", encrypted with key \($0.key)" } ?? ""
    let fec = image.geometry.fec.map { ", error correction with \($0.roots) roots" } ?? ""
    return "\(image.name) \(Hex.encode(image.geometry.rootHash.bytes)) \(kind)\(key)\(fec)"
  }
}

extension ScratchPlan? {
  var text: String {
    guard let scratch = self else { return "none" }
    return "\(scratch.size) bytes, mode \(String(scratch.mode, radix: 8))"
      + (scratch.executable ? ", programs may run" : "")
      + (scratch.hugePages.map { ", huge pages \($0.rawValue)" } ?? "")
  }
}

extension SharedScratch? {
  var text: String { map { "\($0.name) of the sandbox\($0.isReadOnly ? ", read-only" : "")" } ?? "none" }
}

extension MountAttributes {
  var text: String { names.text }
}

extension MountRule {
  /// What becomes of a mount that it admits.
  var use: String { isDiscarded ? "is not made" : "forces \(forced.text)" }
}
