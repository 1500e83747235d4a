// Guarantees: what an entry's GPUs give away, and a driver that no program of the image would find.
internal import Bytes
internal import Policy
internal import PolicyAuthoring
internal import StrictJSON

extension PolicyLint {
  private static let search: ByteString = "LD_LIBRARY_PATH"

  func gpuFindings(_ entry: ContainerEntry, _ place: JSONPointer) -> [Finding] {
    guard let rule = entry.gpu else { return [] }
    var findings: [Finding] = []
    switch (rule.vendor, rule.confidentialCompute) {
    case (.nvidia, .optional):
      findings.append(
        Finding(
          .gpuOpen, at: place / "gpu" / "confidentialCompute", "whoever has the host can look at what the GPU computes")
      )
    case (.nvidia, .required), (.amd, _): break
    }
    switch rule.onViolation {
    case .deny: break
    case .stop:
      findings.append(
        Finding(
          .gpuStop, at: place / "gpu" / "onViolation",
          "whoever may send a command can send one that is refused, and so end the work of every GPU of the node"))
    }
    if rule.driver != .none, !entry.process.finds(rule.driverPlace + "/lib64") {
      findings.append(
        Finding(
          .gpuPath, at: place / "env",
          "the driver lies at \(rule.driverPlace)/lib64, and \(Self.search) does not lead there in every case"))
    }
    return findings
  }
}

extension ProcessRule {
  /// Whether programs look for libraries in a place, whatever a command says.
  fileprivate func finds(_ place: ByteString) -> Bool {
    guard let rule = environment.exact["LD_LIBRARY_PATH"], !rule.isOptional else { return false }
    return rule.value.alternatives.allSatisfy { matcher in
      switch matcher {
      case .exact(let value): value.split(UInt8(ascii: ":")).contains(place)
      case .range, .pattern, .oneOf: false
      }
    }
  }
}
