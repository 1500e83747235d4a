/// Bytes that are not what they should be.
public enum EvidenceError: Error, Equatable, Sendable {
  /// A structure of the TPM, or one of Ward's own, cannot be read.
  case malformed(structure: String, expected: String, actual: String)
}

extension EvidenceError: CustomStringConvertible {
  /// One line.
  public var description: String {
    switch self {
    case .malformed(let structure, let expected, let actual): "\(structure): expected \(expected), found \(actual)"
    }
  }
}
