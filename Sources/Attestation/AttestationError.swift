public import Bytes
public import Linux
public import StrictJSON

/// Why there is no attested policy. Every command that changes something is then denied.
public enum AttestationError: Error, Equatable, Sendable {
  /// No bundle lies in its place: nothing was measured in this boot.
  case policyMissing(path: ByteString)
  /// The bundle cannot be read, or is not a regular file.
  case policyUnreadable(SystemError)
  /// The bundle is the measured one and still no policy.
  case policyInvalid(JSONError)
  /// The measured policy is older than the node's configuration takes.
  case policyFloor(name: ByteString, version: UInt64, lowest: UInt64)
  /// The TPM does not answer, or not as a TPM does.
  case tpm(TPMError)
  /// The policy PCR is zero: nothing was measured in this boot.
  case notMeasured(pcr: UInt8)
  /// The policy PCR does not hold the digest of the bundle.
  case policyPCR(pcr: UInt8, expected: ByteString, actual: ByteString)
  /// The event log cannot be read or is not well-formed.
  case eventLog(EventLogError)
  /// The event PCR does not hold what the event log tells.
  case eventPCR(pcr: UInt8, expected: ByteString, actual: ByteString)
  /// The event log does not begin with this bundle; an empty digest where it has no policy event.
  case eventPolicy(expected: ByteString, actual: ByteString)
  /// The node's configuration is not the one with which the bundle was measured.
  case configuration(expected: ByteString, actual: ByteString)
}

extension AttestationError {
  /// The stable code of the reason.
  public var code: String { kind.rawValue }

  private var kind: AttestationCode {
    switch self {
    case .policyMissing: .policyMissing
    case .policyUnreadable: .policyUnreadable
    case .policyInvalid: .policyInvalid
    case .policyFloor: .policyFloor
    case .tpm: .tpmUnavailable
    case .notMeasured: .notMeasured
    case .policyPCR: .pcrMismatch
    case .eventLog: .logInvalid
    case .eventPCR, .eventPolicy: .logMismatch
    case .configuration: .configurationMismatch
    }
  }

  /// What would have to be, in words.
  public var expected: String {
    switch self {
    case .policyMissing(let path): "the measured bundle at \(path)"
    case .policyUnreadable: "a readable bundle"
    case .policyInvalid: "a bundle of this version of Ward"
    case .policyFloor(_, _, let lowest): "version \(lowest) or later"
    case .tpm: "an answer of the TPM"
    case .notMeasured(let pcr): "a bundle measured into PCR \(pcr)"
    case .policyPCR(let pcr, let expected, _): "PCR \(pcr) with the bundle's value \(Hex.encode(expected.bytes))"
    case .eventLog: "the event log of this boot"
    case .eventPCR(let pcr, let expected, _): "PCR \(pcr) with the event log's value \(Hex.encode(expected.bytes))"
    case .configuration(let expected, _):
      "the node configuration that was measured, \(Hex.encode(expected.bytes))"
    case .eventPolicy(let expected, _): "an event log that begins with bundle \(Hex.encode(expected.bytes))"
    }
  }

  /// What is, in words.
  public var actual: String {
    switch self {
    case .policyMissing: "nothing"
    case .policyUnreadable(let error): error.description
    case .policyInvalid(let error): error.description
    case .policyFloor(let name, let version, _): "\(name)@\(version)"
    case .tpm(let error): error.description
    case .notMeasured: "zero"
    case .policyPCR(_, _, let actual), .eventPCR(_, _, let actual), .configuration(_, let actual):
      Hex.encode(actual.bytes)
    case .eventLog(let error): error.description
    case .eventPolicy(_, let actual): actual.isEmpty ? "no policy event" : Hex.encode(actual.bytes)
    }
  }
}

extension AttestationError: CustomStringConvertible {
  /// One line.
  public var description: String { "\(code): expected \(expected), found \(actual)" }
}

/// Why there was no policy to ask. The raw values are stable: alerts and searches hang on them.
public enum AttestationCode: String, CaseIterable, Sendable {
  case policyMissing = "WARD-POLICY-MISSING"
  case policyUnreadable = "WARD-POLICY-UNREADABLE"
  case policyInvalid = "WARD-POLICY-INVALID"
  case policyFloor = "WARD-POLICY-FLOOR"
  case tpmUnavailable = "WARD-TPM-UNAVAILABLE"
  case notMeasured = "WARD-NOT-MEASURED"
  case pcrMismatch = "WARD-PCR-MISMATCH"
  case logInvalid = "WARD-LOG-INVALID"
  case logMismatch = "WARD-LOG-MISMATCH"
  case configurationMismatch = "WARD-CONFIGURATION-MISMATCH"

  /// The cause in one line.
  public var cause: String {
    switch self {
    case .policyMissing: "no policy was measured in this boot"
    case .policyUnreadable: "the measured bundle cannot be read"
    case .policyInvalid: "the measured bundle is no policy of this version of ward"
    case .policyFloor: "the measured policy is older than the node's configuration takes"
    case .tpmUnavailable: "the TPM does not answer"
    case .notMeasured: "the policy PCR is zero: no policy was measured in this boot"
    case .pcrMismatch: "the bundle on the node is not the one that was measured"
    case .logInvalid: "the event log cannot be read"
    case .logMismatch: "the event log and the event PCR do not tell the same"
    case .configurationMismatch: "the node's configuration is not the one that was measured with the policy"
    }
  }
}
