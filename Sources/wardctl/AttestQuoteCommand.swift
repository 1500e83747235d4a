internal import ArgumentParser
internal import Attestation
internal import Bytes
internal import DecisionLog
internal import Digest
internal import Evidence
internal import Linux
internal import NodeConfiguration
internal import Signature
internal import StrictJSON
internal import TSS

/// `wardctl attest quote`: the node's answer to a verifier.
struct AttestQuoteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "quote", abstract: "Answer a verifier's challenge with evidence of this node's policy.",
    discussion: """
      The evidence is one JSON file: a quote over the policy PCR and the event PCR, and what stands behind their values: \
      the bundle, its signatures where they are on the node, the configuration and the event log. A checkpoint of the \
      decision log comes first, so that the quote covers the decisions up to now.

      The quote's extraData is SHA256("\(Challenge.label)" || SHA256(challenge || SHA256(extra))).

      Examples:
        head -c 32 /dev/urandom >challenge                      # at the verifier
        wardctl attest quote --challenge challenge --output evidence.json
      """)

  @Option(help: ArgumentHelp("The challenge, 16 to 64 bytes: a file, or hexadecimal digits.", valueName: "file|hex"))
  var challenge: ChallengeArgument
  @Option(help: ArgumentHelp("A file to bind to the quote: for example a key for the answer.", valueName: "file"))
  var extra: String?
  @Option(name: .shortAndLong, help: ArgumentHelp("The evidence.", valueName: "evidence.json")) var output: String
  @Option(help: ArgumentHelp("A certificate of the attestation key, PEM.", valueName: "file")) var akCertificate:
    String?
  @Option(help: ArgumentHelp("Index of the TPM's storage with that certificate.", valueName: "0xN"))
  var certificateIndex: NVIndex?
  @Flag(help: "Add the endorsement key and the certificate that the TPM holds of it.") var withEndorsementKey = false
  @OptionGroup var key: AttestationKeyOptions
  @OptionGroup var tpm: TPMOptions

  func run() throws {
    let configuration = try NodeConfiguration.load()
    let extra = try self.extra.map { try FileDescriptor.contents(of: ByteString($0), limit: Challenge.extraLimit) }
    let challenge = try Challenge(try challenge.read(), extra: extra ?? [])
    let policy = try AttestedPolicy.load(configuration)
    let bundle = try FileDescriptor.contents(of: NodePaths.policy, limit: UnverifiedBundle.limit)
    guard UnverifiedBundle(bytes: bundle).digest(in: .sha256) == policy.identity.digest else {
      throw CommandFailure(description: "\(NodePaths.policy): expected the measured bundle, found another")
    }
    let keys = try keys(configuration)
    _ = try Checkpoint.take(policy, configuration)

    // From here to the quote nothing is appended: quote and log tell the same.
    let held = try HeldEventLog.take(configuration)
    let tpm = try tpm.connect(configuration)
    let selection = PCRSelection([configuration.policyPCR, configuration.eventPCR], in: configuration.pcrBank)
    let (quote, signature) = try tpm.quote(selection, nonce: challenge.nonce, with: key.handle.number)
    let values = try tpm.read(selection)
    guard held.log.replay(in: configuration.pcrBank) == values[configuration.eventPCR],
      try Quote(quote).digest == selection.digest(of: values, with: try QuoteSignature(signature).hash)
    else { throw CommandFailure(description: "the event PCR was extended past the event log: no evidence is made") }

    let evidence = EvidenceDocument(
      quote: quote, signature: signature, bank: configuration.pcrBank, policyPCR: configuration.policyPCR,
      eventPCR: configuration.eventPCR, policyValue: values[configuration.policyPCR] ?? "",
      eventValue: values[configuration.eventPCR] ?? "", attestationKey: keys.attestation,
      endorsementKey: keys.endorsement, bundle: ByteString(bundle),
      envelope: try Self.contentsIfThere(NodePaths.policy + ".dsse", limit: Envelope.sizeLimit),
      configuration: try Self.contentsIfThere(NodePaths.configuration, limit: 1 << 20), eventLog: held.log.bytes,
      decisions: .init(atLastCheckpointOf: held.log), extra: extra.map { ByteString($0) })
    try OutputFile(output).write(CanonicalJSON.encode(evidence.json) + [UInt8(ascii: "\n")])
  }

  private typealias Keys = (attestation: EvidenceDocument.Key, endorsement: EvidenceDocument.Key?)

  /// What is said of the keys, before the event log is held: as long as it is, nothing can be launched, and a TPM takes
  /// many seconds to make an endorsement key. The connection ends here: an emulated TPM serves one after another, and
  /// whoever has the log needs it.
  private func keys(_ configuration: NodeConfiguration) throws -> Keys {
    let tpm = try tpm.connect(configuration, milliseconds: withEndorsementKey ? 120_000 : 5_000)
    return (try attestationKey(tpm), withEndorsementKey ? try endorsementKey(tpm) : nil)
  }

  private func attestationKey(_ tpm: borrowing TPM) throws -> EvidenceDocument.Key {
    let area = try tpm.attestationKey(at: key.handle.number)
    let pem = try akCertificate.map { try FileDescriptor.contents(of: ByteString($0), limit: 1 << 16) }
    let certificate =
      try pem.map { try Certificate(pem: $0).der }
      ?? certificateIndex.flatMap { index in
        try tpm.readNV(index.number)
      }
    return .init(publicArea: area.bytes, certificate: certificate)
  }

  private func endorsementKey(_ tpm: borrowing TPM) throws -> EvidenceDocument.Key {
    let (area, certificate) = try tpm.endorsementKey(try tpm.certifiedEndorsementKind())
    return .init(publicArea: area.bytes, certificate: certificate)
  }

  private static func contentsIfThere(_ path: ByteString, limit: Int) throws -> ByteString? {
    do {
      return ByteString(try FileDescriptor.contents(of: path, limit: limit))
    } catch  where error.errno == ErrorNumber.ENOENT {
      return nil
    }
  }
}

/// The end of the decision log, as an event.
enum Checkpoint {
  /// Extends the event PCR with the end of the decision log, unless the last event is that already; nil where nothing
  /// was decided yet.
  static func take(
    _ policy: AttestedPolicy, _ configuration: NodeConfiguration
  ) throws -> EvidenceDocument.Decisions? {
    let chain = DecisionChain(configuration.decisionLog)
    // What a flood left counted beside the chain is held by the PCR, too.
    try chain.flush()
    let contents = try chain.read()
    guard contents.faults.isEmpty else {
      throw CommandFailure(description: "the decision log is damaged: see wardctl denials verify")
    }
    guard let last = contents.records.last, let digest = contents.lastDigest.flatMap({ Hex.decode($0) }) else {
      return nil
    }
    let end = EvidenceDocument.Decisions(sequence: last.sequence, digest: ByteString(digest))
    let event = Event.checkpoint(sequence: end.sequence, digest: end.digest)
    if try EventLog.read(configuration).records.last?.event != event { try policy.append(event, configuration) }
    return end
  }
}
