public import Linux

/// Why the TPM did not do what was asked of it.
public enum TSSError: Error, Equatable, Sendable {
  /// It cannot be reached.
  case unreachable(SystemError)
  /// It did not answer in time, or the connection broke.
  case noAnswer(command: String)
  /// It, or the library before it, refused; the text is the library's.
  case refused(command: String, code: UInt32, text: String)
  /// Bytes that are not the structure of the TPM that they should be.
  case malformed(structure: String)
  /// A persistent object exists, and is another than needed.
  case object(handle: UInt32, expected: String, actual: String)
  /// The policy PCR does not have the value for which a secret was sealed.
  case sealedForOther(pcr: UInt8, bank: String, expected: String, actual: String)
  /// A secret was sealed under another storage key than this TPM's.
  case sealedElsewhere(expected: String, actual: String)
}

extension TSSError: CustomStringConvertible {
  /// One line.
  public var description: String {
    switch self {
    case .unreachable(let error): "TPM: \(error)"
    case .noAnswer(let command): "TPM: \(command): no answer in time"
    case .refused(let command, let code, let text): "TPM: \(command): \(text) (0x\(String(code, radix: 16)))"
    case .malformed(let structure): "TPM: expected \(structure), found something else"
    case .object(let handle, let expected, let actual):
      "TPM: handle 0x\(String(handle, radix: 16)): expected \(expected), found \(actual)"
    case .sealedForOther(let pcr, let bank, let expected, let actual):
      "the secret is sealed for another policy: expected PCR \(pcr) (\(bank)) \(expected), found \(actual)"
    case .sealedElsewhere(let expected, let actual):
      "the secret is sealed under another storage key: expected \(expected), found \(actual) on this TPM"
    }
  }
}
