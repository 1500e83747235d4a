internal import Bytes
package import Policy

extension ReviewText {
  /// The GPUs of an entry, and each library of their driver.
  mutating func add(_ gpu: GPURule) {
    field("gpu", gpu.review)
    switch gpu.driver {
    case .none: break
    case .image(let image): field("gpu driver", "\(gpu.driverPlace) = \(image)")
    case .libraries(let libraries):
      for library in libraries {
        let links = library.links.isEmpty ? "" : ", also " + library.links.map(\.description).joined(separator: " ")
        field("gpu driver", "\(library.path) \(Hex.encode(library.digest.bytes))\(links)")
      }
    }
  }
}

extension GPURule {
  /// In words, without the driver.
  package var review: String {
    var parts = ["\(count) \(mig ? "MIG instances" : "GPUs") of \(vendor)"]
    if !uuids.isEmpty { parts.append("among \(uuids.map(\.description).joined(separator: " "))") }
    parts.append("confidential compute \(confidentialCompute)")
    parts.append("evidence \(evidence)")
    parts.append("for \(capabilities.map(\.rawValue).joined(separator: " and "))")
    switch onViolation {
    case .deny: break
    case .stop: parts.append("a refused command stops the node's GPUs")
    }
    return parts.joined(separator: ", ")
  }
}
