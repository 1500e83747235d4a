public import Attestation
public import Bytes
public import Digest
public import StrictJSON

/// Everything that a verifier needs to judge a node, in one file. Nothing of it is trusted: the quote says of some of it
/// that it is the node's, and the rest follows from that.
public struct EvidenceDocument: Equatable, Sendable {
  /// A key of the TPM, with what its maker or the cloud says of it.
  public struct Key: Equatable, Sendable {
    /// A TPM2B_PUBLIC.
    public let publicArea: ByteString
    /// X.509, DER.
    public let certificate: ByteString?

    public init(publicArea: ByteString, certificate: ByteString?) {
      (self.publicArea, self.certificate) = (publicArea, certificate)
    }
  }

  /// A record of the decision log, which was the last at the last checkpoint: its number, and the SHA-256 of its line.
  public struct Decisions: Equatable, Sendable {
    public let sequence: UInt64
    public let digest: ByteString

    public init(sequence: UInt64, digest: ByteString) { (self.sequence, self.digest) = (sequence, digest) }

    /// What the last checkpoint of an event log holds; nil where there is none.
    public init?(atLastCheckpointOf log: EventLog) {
      for record in log.records.reversed() {
        guard case .checkpoint(let sequence, let digest) = record.event else { continue }
        self.init(sequence: sequence, digest: digest)
        return
      }
      return nil
    }
  }

  /// A TPMS_ATTEST and a TPMT_SIGNATURE.
  public let quote: ByteString
  public let signature: ByteString
  public let bank: HashAlgorithm
  public let policyPCR: UInt8
  public let eventPCR: UInt8
  /// The values of the two PCRs.
  public let policyValue: ByteString
  public let eventValue: ByteString
  public let attestationKey: Key
  public let endorsementKey: Key?
  /// The bundle that was measured.
  public let bundle: ByteString
  /// The envelope with the signatures of the bundle, as it lies on the node.
  public let envelope: ByteString?
  /// The node's configuration.
  public let configuration: ByteString?
  /// The event log, in CEL-TLV.
  public let eventLog: ByteString
  public let decisions: Decisions?
  /// What the node bound to the quote beside the challenge.
  public let extra: ByteString?

  public init(
    quote: ByteString, signature: ByteString, bank: HashAlgorithm, policyPCR: UInt8, eventPCR: UInt8,
    policyValue: ByteString, eventValue: ByteString, attestationKey: Key, endorsementKey: Key?, bundle: ByteString,
    envelope: ByteString?, configuration: ByteString?, eventLog: ByteString, decisions: Decisions?, extra: ByteString?
  ) {
    (self.quote, self.signature, self.bank) = (quote, signature, bank)
    (self.policyPCR, self.eventPCR) = (policyPCR, eventPCR)
    (self.policyValue, self.eventValue) = (policyValue, eventValue)
    (self.attestationKey, self.endorsementKey) = (attestationKey, endorsementKey)
    (self.bundle, self.envelope, self.configuration) = (bundle, envelope, configuration)
    (self.eventLog, self.decisions, self.extra) = (eventLog, decisions, extra)
  }
}

extension EvidenceDocument: JSONObjectDecodable {
  /// The greatest file that is read, in bytes: some hundred thousand events.
  public static let sizeLimit = 256 << 20

  /// Reads a file, whose name stands in errors.
  public init(file bytes: [UInt8], named name: String) throws(JSONError) {
    self = try StrictJSON.decode(from: bytes, named: name, limits: StrictJSON.Limits(bytes: Self.sizeLimit))
  }

  /// Reads the members.
  public init(members: inout JSONMembers) throws(JSONError) {
    try members.header(kind: "Evidence")
    quote = try members.required("quote", as: Base64Text.self).bytes
    signature = try members.required("signature", as: Base64Text.self).bytes
    bank = try members.required("bank", as: BankName.self).algorithm
    let policy = try members.required("policyPCR", as: PCRValue.self)
    let events = try members.required("eventPCR", as: PCRValue.self)
    (policyPCR, policyValue) = (policy.pcr, policy.value)
    (eventPCR, eventValue) = (events.pcr, events.value)
    attestationKey = try members.required("attestationKey")
    endorsementKey = try members.optional("endorsementKey")
    bundle = try members.required("bundle", as: Base64Text.self).bytes
    envelope = try members.optional("envelope", as: Base64Text.self)?.bytes
    configuration = try members.optional("configuration", as: Base64Text.self)?.bytes
    eventLog = try members.required("eventLog", as: Base64Text.self).bytes
    decisions = try members.optional("decisions")
    extra = try members.optional("extra", as: Base64Text.self)?.bytes
  }

  /// The file.
  public var json: JSONValue {
    var object: JSONObject = [
      "apiVersion": "ward/v1", "kind": "Evidence", "quote": .base64(quote), "signature": .base64(signature),
      "bank": .string(ByteString(bank.rawValue)),
      "policyPCR": ["pcr": JSONValue(policyPCR), "value": .hex(policyValue)],
      "eventPCR": ["pcr": JSONValue(eventPCR), "value": .hex(eventValue)],
      "attestationKey": attestationKey.json, "bundle": .base64(bundle), "eventLog": .base64(eventLog),
    ]
    object["endorsementKey"] = endorsementKey?.json
    object["envelope"] = envelope.map { .base64($0) }
    object["configuration"] = configuration.map { .base64($0) }
    object["decisions"] = decisions.map { ["digest": .hex($0.digest), "sequence": JSONValue($0.sequence)] }
    object["extra"] = extra.map { .base64($0) }
    return .object(object)
  }
}

extension EvidenceDocument.Key: JSONObjectDecodable {
  /// Reads the members.
  public init(members: inout JSONMembers) throws(JSONError) {
    publicArea = try members.required("public", as: Base64Text.self).bytes
    certificate = try members.optional("certificate", as: Base64Text.self)?.bytes
  }

  /// The members.
  public var json: JSONValue {
    var object: JSONObject = ["public": .base64(publicArea)]
    object["certificate"] = certificate.map { .base64($0) }
    return .object(object)
  }
}

extension EvidenceDocument.Decisions: JSONObjectDecodable {
  /// Reads the members.
  public init(members: inout JSONMembers) throws(JSONError) {
    sequence = try members.required("sequence")
    digest = try members.required("digest", as: HexText.self).bytes
  }
}

private struct PCRValue: JSONObjectDecodable {
  let pcr: UInt8
  let value: ByteString

  init(members: inout JSONMembers) throws(JSONError) {
    pcr = try members.required("pcr")
    value = try members.required("value", as: HexText.self).bytes
    guard pcr < 24 else { throw JSONError(.value(expected: "a PCR below 24", found: "\(pcr)")).under("pcr") }
  }
}
