public import Attestation
public import Bytes
public import Digest
public import Linux
public import Signature
public import StrictJSON

/// Why a bundle was not measured.
public enum MeasurementError: Error, Equatable, Sendable {
  case system(SystemError)
  case tpm(TPMError)
  case eventLog(EventLogError)
  case policyInvalid(JSONError)
  /// The node takes signed bundles only, and nobody has signed this one.
  case unsigned(required: Int)
  case envelopeInvalid(JSONError)
  /// The signatures are not enough, or not those of this bundle.
  case signature(SignatureError)
  /// The node does not take this policy.
  case refused(AttestationError)
  /// The TPM does not have the bank that the node's configuration compares.
  case bankMissing(HashAlgorithm)
  /// The policy PCR is not zero: a policy was measured in this boot, or something else extended it.
  case alreadyMeasured(pcr: UInt8, HashAlgorithm, value: ByteString)
  /// The event PCR is not zero although there is no event log: another owner extended it.
  case eventPCRUsed(pcr: UInt8, HashAlgorithm, value: ByteString)
}

extension MeasurementError: CustomStringConvertible {
  /// One line.
  public var description: String {
    switch self {
    case .system(let error): error.description
    case .tpm(let error): error.description
    case .eventLog(let error): error.description
    case .policyInvalid(let error): error.description
    case .unsigned(let required):
      "expected a bundle with \(required) signature\(required == 1 ? "" : "s") of the node's policySigners, found no envelope"
    case .envelopeInvalid(let error): error.description
    case .signature(let error): error.description
    case .refused(let error): error.description
    case .bankMissing(let bank): "TPM: expected PCR bank \(bank), found it not allocated"
    case .alreadyMeasured(let pcr, let bank, let value):
      "PCR \(pcr) (\(bank)): expected zero, found \(Hex.encode(value.bytes)): a policy was already measured in this "
        + "boot, and another one needs a restart of the machine"
    case .eventPCRUsed(let pcr, let bank, let value):
      "PCR \(pcr) (\(bank)): expected zero, found \(Hex.encode(value.bytes)): something else extended it; "
        + "choose another eventPCR"
    }
  }
}
