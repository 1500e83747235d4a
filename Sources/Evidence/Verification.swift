public import Bytes
public import StrictJSON

/// What was checked of a piece of evidence: each thing that can be, also after another has failed.
public struct Verification: Sendable {
  /// One thing, with what it should be and what it is.
  public struct Check: Equatable, Sendable {
    public let name: Name
    public let result: Result
    public let expected: String
    public let actual: String
  }

  /// How it ended. Skipped is what was not asked for, and what has nothing left to look at because another check failed.
  ///
  /// Claimed is what the sender says, as it should be, and what nothing in the evidence proves.
  public enum Result: String, Sendable { case passed, failed, skipped, claimed }

  /// What is checked, in the order of the table. The raw values are stable.
  public enum Name: String, CaseIterable, Sendable {
    /// The quote is a TPMS_ATTEST and nothing else.
    case quote
    /// The key that signed it signs nothing but what its TPM says.
    case keyAttributes = "key-attributes"
    /// That key is one of the verifier's, or certified.
    case keyTrust = "key-trust"
    case signature
    /// The quote was made for this challenge.
    case nonce
    case extra
    /// The challenge is not older than the verifier wants.
    case freshness
    /// The quote is over exactly the two PCRs of the one bank.
    case selection
    /// The values in the evidence are the quoted ones.
    case values
    /// The policy PCR holds the bundle, as the first and only thing.
    case policyPCR = "policy-pcr"
    /// The bundle is the one that is expected.
    case bundle
    /// It is a policy.
    case policy
    /// It is not older than is taken.
    case floor
    case signers
    /// The event log can be read, and each event may stand where it stands.
    case eventLog = "event-log"
    /// The event PCR holds what the log tells.
    case eventPCR = "event-pcr"
    /// The log begins with the bundle.
    case policyEvent = "policy-event"
    /// The configuration is the one of the first event, and the one that is expected.
    case configuration
    /// The node was locked down.
    case lockdown
    /// What the evidence says of the decision log is what the last checkpoint in the event log says. Both are the
    /// node's words, and the event PCR holds the second.
    case decisions
    /// The verifier's copy of the decision log has the record of the last checkpoint.
    case decisionLog = "decision-log"
  }

  public internal(set) var checks: [Check] = []
  /// What is known of the policy, also where something failed.
  public internal(set) var policy: (name: ByteString, version: UInt64)?
  /// SHA-256 of the bundle.
  public internal(set) var bundleDigest: ByteString = ""
  /// The TPM's clock, by which a verifier that asks again sees a restart.
  public internal(set) var clock: Quote.Clock?
  public internal(set) var firmwareVersion: UInt64?
  public internal(set) var events = 0

  init() {}

  /// Whether the evidence is what was expected: nothing failed, and the signature was looked at.
  public var isVerified: Bool {
    checks.allSatisfy { $0.result != .failed } && checks.contains { $0.name == .signature && $0.result == .passed }
  }

  mutating func add(_ name: Name, _ passed: Bool, expected: String, actual: String) {
    checks.append(Check(name: name, result: passed ? .passed : .failed, expected: expected, actual: actual))
  }

  mutating func add(_ name: Name, expected: ByteString, actual: ByteString) {
    add(name, expected == actual, expected: Hex.encode(expected.bytes), actual: Hex.encode(actual.bytes))
  }

  mutating func claim(_ name: Name, expected: String, actual: String) {
    checks.append(Check(name: name, result: .claimed, expected: expected, actual: actual))
  }

  mutating func skip(_ name: Name, _ why: String) {
    checks.append(Check(name: name, result: .skipped, expected: "", actual: why))
  }

  /// The table as JSON.
  public var json: JSONValue {
    var object: JSONObject = [
      "apiVersion": "ward/v1", "kind": "Verification", "verified": .bool(isVerified),
      "bundle": .hex(bundleDigest), "events": JSONValue(UInt64(events)),
      "checks": .array(
        checks.map { check in
          [
            "check": .string(ByteString(check.name.rawValue)), "result": .string(ByteString(check.result.rawValue)),
            "expected": .string(ByteString(check.expected)), "actual": .string(ByteString(check.actual)),
          ]
        }),
    ]
    if let policy { object["policy"] = ["name": .string(policy.name), "version": JSONValue(policy.version)] }
    if let clock {
      object["clock"] = [
        "milliseconds": JSONValue(clock.milliseconds), "resets": JSONValue(UInt64(clock.resets)),
        "restarts": JSONValue(UInt64(clock.restarts)), "safe": .bool(clock.isSafe),
      ]
    }
    object["firmwareVersion"] = firmwareVersion.map { .string(ByteString("0x" + String($0, radix: 16))) }
    return .object(object)
  }
}
