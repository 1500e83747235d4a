internal import Attestation
internal import Bytes
internal import Digest
internal import Policy
internal import Signature
internal import StrictJSON

extension EvidenceDocument {
  /// Judges the evidence by what is expected. It needs no TPM and nothing of the node.
  public func verify(_ expected: Expectations) -> Verification {
    var verification = Verification()
    let signed = checkSignature(&verification, expected)
    checkNonce(&verification, expected, signed?.quote)
    checkPCRs(&verification, expected, signed)
    checkBundle(&verification, expected)
    checkLog(&verification, expected)
    return verification
  }

  private typealias Signed = (quote: Quote, hash: HashAlgorithm)

  // MARK: The quote

  /// The quote, if it can be read; that its signature is right is another question, which the table answers.
  private func checkSignature(_ verification: inout Verification, _ expected: Expectations) -> Signed? {
    var quote: Quote?
    var signature: QuoteSignature?
    do throws(EvidenceError) {
      quote = try Quote(self.quote)
      signature = try QuoteSignature(self.signature)
      verification.add(.quote, true, expected: "TPMS_ATTEST and TPMT_SIGNATURE", actual: "well-formed")
    } catch {
      verification.add(.quote, false, expected: "TPMS_ATTEST and TPMT_SIGNATURE", actual: error.description)
    }
    verification.clock = quote?.clock
    verification.firmwareVersion = quote?.firmwareVersion
    let key = checkKey(&verification, expected)
    guard let quote, let signature, let key else {
      verification.add(.signature, false, expected: "that of the attestation key", actual: "nothing to look at")
      return nil
    }
    let digest: VerificationKey.Digest? =
      switch signature.hash {
      case .sha1: nil
      case .sha256: .sha256
      case .sha384: .sha384
      case .sha512: .sha512
      }
    // The key decides which signature it makes: a number of RSA is none of ECDSA, and the other way round.
    let isOfKind = (key.point == nil) == (signature.scheme == .rsassa)
    do {
      let isRight = try digest.map { try key.key.verifies(signature.bytes, of: quote.bytes.bytes, digest: $0) } ?? false
      verification.add(
        .signature, isRight && isOfKind, expected: "that of the attestation key",
        actual: isRight && isOfKind
          ? "\(signature.scheme) with \(signature.hash.rawValue)" : "that of another key or quote")
    } catch {
      verification.add(.signature, false, expected: "that of the attestation key", actual: "\(error)")
    }
    return (quote, signature.hash)
  }

  private func checkKey(_ verification: inout Verification, _ expected: Expectations) -> PublicArea? {
    let wanted = "fixedTPM, fixedParent, sensitiveDataOrigin, restricted, sign"
    let key: PublicArea
    do { key = try PublicArea(attestationKey.publicArea) } catch {
      verification.add(.keyAttributes, false, expected: wanted, actual: error.description)
      verification.skip(.keyTrust, "no key to look at")
      return nil
    }
    checkAttributes(&verification, expected, key, wanted)
    let name = "name \(Hex.encode(key.name.bytes))"
    switch expected.key {
    case .keys(let keys):
      verification.add(.keyTrust, keys.contains(key.key), expected: "a known key", actual: name)
    case .areas(let areas):
      verification.add(.keyTrust, areas.contains(key), expected: "a known key", actual: name)
    case .authorities(let authorities):
      let wanted = "a certificate of an authority for this key, as an attestation key"
      guard let der = attestationKey.certificate else {
        verification.add(.keyTrust, false, expected: wanted, actual: "no certificate")
        return key
      }
      do {
        let certificate = try Certificate(der: der)
        try certificate.verify(authorities: authorities)
        let isForAttestation = certificate.extendedKeyUsage?.contains(Self.attestationKeyUsage) ?? true
        verification.add(
          .keyTrust, certificate.key == key.key && isForAttestation, expected: wanted,
          actual: certificate.key != key.key
            ? "the certificate of another key"
            : isForAttestation ? name : "a certificate for \(certificate.extendedKeyUsage ?? [])")
      } catch {
        verification.add(.keyTrust, false, expected: wanted, actual: error.description)
      }
    }
    return key
  }

  /// Whoever knows the key by its public half alone, or by a certificate, has the attributes from the sender.
  private func checkAttributes(
    _ verification: inout Verification, _ expected: Expectations, _ key: PublicArea, _ wanted: String
  ) {
    let attributes = "0x" + String(key.attributes.rawValue, radix: 16)
    guard key.isAttestationKey else {
      return verification.add(.keyAttributes, false, expected: wanted, actual: attributes)
    }
    switch expected.key {
    case .areas(let areas) where areas.contains(key):
      verification.add(.keyAttributes, true, expected: wanted, actual: attributes)
    case .areas, .keys, .authorities: verification.claim(.keyAttributes, expected: wanted, actual: attributes)
    }
  }

  /// tcg-kp-AIKCertificate (TCG OID registry). A certificate that says what its key is for must say this: an authority
  /// certifies other keys, too, which sign what anyone asks them to.
  private static let attestationKeyUsage: ByteString = "2.23.133.8.3"

  private func checkNonce(_ verification: inout Verification, _ expected: Expectations, _ quote: Quote?) {
    let bound = extra?.bytes ?? []
    do {
      let challenge = try Challenge(expected.challenge, extra: bound)
      verification.add(.nonce, expected: challenge.nonce, actual: quote?.extraData ?? "")
    } catch {
      verification.add(.nonce, false, expected: "a challenge of 16 to 64 bytes", actual: error.description)
    }
    if let wanted = expected.extra {
      let sha256 = HashAlgorithm.sha256
      verification.add(.extra, expected: sha256.digest(of: wanted), actual: sha256.digest(of: bound))
    } else {
      verification.skip(.extra, extra == nil ? "none" : "not asked for: \(bound.count) bytes")
    }
    if let age = expected.age {
      verification.add(
        .freshness, age.seconds >= 0 && age.seconds <= age.maximum, expected: "a challenge of at most \(age.maximum) s",
        actual: "\(age.seconds) s")
    } else {
      verification.skip(.freshness, "not asked for: the challenge alone says when")
    }
  }

  private func checkPCRs(_ verification: inout Verification, _ expected: Expectations, _ signed: Signed?) {
    let selection = PCRSelection([expected.policyPCR, expected.eventPCR], in: expected.bank)
    guard let signed else {
      verification.skip(.selection, "no quote to look at")
      verification.skip(.values, "no quote to look at")
      return
    }
    // The whole list, byte by byte, before any value is digested: a TPM quotes a list that names a PCR twice, or splits
    // the PCRs over several selections, as willingly.
    let isExact = signed.quote.selection == selection.bytes
    verification.add(
      .selection, isExact, expected: selection.description,
      actual: isExact ? selection.description : PCRSelection.text(of: signed.quote.selection) ?? "no list of PCRs")
    guard isExact else { return verification.skip(.values, "another selection was quoted") }
    let claimed = policyPCR == expected.policyPCR && eventPCR == expected.eventPCR && bank == expected.bank
    let sizes = policyValue.count == bank.size && eventValue.count == bank.size
    guard claimed, sizes else {
      verification.add(
        .values, false, expected: "values of \(selection)",
        actual: "values of \(PCRSelection([policyPCR, eventPCR], in: bank))\(sizes ? "" : ", of another length")")
      return
    }
    verification.add(
      .values, expected: selection.digest(of: [policyPCR: policyValue, eventPCR: eventValue], with: signed.hash),
      actual: signed.quote.digest)
  }

  // MARK: What stands behind it

  private func checkBundle(_ verification: inout Verification, _ expected: Expectations) {
    let bundle = UnverifiedBundle(bytes: self.bundle.bytes)
    let digest = bundle.digest(in: .sha256)
    verification.bundleDigest = digest
    verification.add(.policyPCR, expected: bundle.expectedPCR(in: expected.bank), actual: policyValue)
    if let wanted = expected.bundle {
      verification.add(.bundle, expected: wanted, actual: digest)
    } else {
      verification.skip(.bundle, "not asked for: sha256:\(Hex.encode(digest.bytes))")
    }
    do throws(JSONError) {
      let policy = try Policy.decode(bundle: bundle.bytes)
      verification.policy = (policy.name, policy.version)
      verification.add(.policy, true, expected: "a policy", actual: "\(policy.name)@\(policy.version)")
    } catch {
      verification.add(.policy, false, expected: "a policy", actual: error.description)
    }
    if let floor = expected.floor {
      let version = verification.policy?.version
      verification.add(
        .floor, version.map { $0 >= floor } ?? false, expected: "version \(floor) or later",
        actual: version.map { "\($0)" } ?? "no policy")
    } else {
      verification.skip(.floor, "not asked for")
    }
    checkSigners(&verification, expected)
  }

  private func checkSigners(_ verification: inout Verification, _ expected: Expectations) {
    guard let signers = expected.signers else { return verification.skip(.signers, "not asked for") }
    let wanted = "\(signers.required) of \(signers.keys.map(\.name.description).joined(separator: ", "))"
    guard let envelope else {
      return verification.add(.signers, false, expected: wanted, actual: "no signatures in the evidence")
    }
    do throws(JSONError) {
      let envelope = try Envelope(file: envelope.bytes, named: "envelope")
      do throws(SignatureError) {
        let signed = try envelope.verify(bundle.bytes, signers: signers.keys, required: signers.required)
        verification.add(
          .signers, true, expected: wanted, actual: signed.map(\.description).joined(separator: ", "))
      } catch {
        verification.add(.signers, false, expected: wanted, actual: error.description)
      }
    } catch {
      verification.add(.signers, false, expected: wanted, actual: error.description)
    }
  }

  private func checkLog(_ verification: inout Verification, _ expected: Expectations) {
    let log: EventLog
    do throws(EventLogError) {
      log = try EventLog(bytes: eventLog, pcr: expected.eventPCR)
      verification.add(.eventLog, true, expected: "a whole log", actual: "\(log.records.count) events")
    } catch {
      verification.add(.eventLog, false, expected: "a whole log", actual: error.description)
      for name in [Verification.Name.eventPCR, .policyEvent, .configuration, .lockdown, .decisions, .decisionLog] {
        verification.skip(name, "no log to look at")
      }
      return
    }
    verification.events = log.records.count
    verification.add(.eventPCR, expected: log.replay(in: expected.bank) ?? "", actual: eventValue)
    checkPolicyEvent(&verification, expected, log.records.first?.event)
    let separator = log.records.firstIndex { $0.event == .separator }
    if expected.requiresLockdown {
      verification.add(
        .lockdown, separator != nil, expected: "a separator, and operational events alone after it",
        actual: separator.map { "record \($0) of \(log.records.count)" } ?? "no separator")
    } else {
      verification.skip(.lockdown, "not asked for: \(separator.map { "record \($0)" } ?? "no separator")")
    }
    checkDecisions(&verification, expected, log)
  }

  private func checkPolicyEvent(
    _ verification: inout Verification, _ expected: Expectations, _ first: Event?
  ) {
    guard case .policy(let name, let version, let digest, let measured)? = first else {
      verification.add(.policyEvent, false, expected: "the policy first", actual: first?.name ?? "no event")
      return verification.skip(.configuration, "no policy event to look at")
    }
    let text = { (name: ByteString, version: UInt64, digest: ByteString) in
      "\(name)@\(version) sha256:\(Hex.encode(digest.bytes))"
    }
    let policy = verification.policy
    let isSame = digest == verification.bundleDigest && policy?.name == name && policy?.version == version
    verification.add(
      .policyEvent, isSame,
      expected: text(policy?.name ?? "no policy", policy?.version ?? 0, verification.bundleDigest),
      actual: text(name, version, digest))
    // A node without the file has the configuration of no bytes.
    let found = HashAlgorithm.sha256.digest(of: configuration?.bytes ?? [])
    let wanted = expected.configuration ?? measured
    verification.add(
      .configuration, measured == wanted && found == measured, expected: Hex.encode(wanted.bytes),
      actual: found == measured
        ? Hex.encode(measured.bytes) : "\(Hex.encode(found.bytes)), and \(Hex.encode(measured.bytes)) was measured")
  }

  /// The event PCR holds the checkpoint, and nothing in the evidence holds the decision log: whoever has the log that was
  /// shipped compares it.
  private func checkDecisions(_ verification: inout Verification, _ expected: Expectations, _ log: EventLog) {
    let text = { (sequence: UInt64, digest: ByteString) in "record \(sequence) sha256:\(Hex.encode(digest.bytes))" }
    let held = Decisions(atLastCheckpointOf: log)
    verification.add(
      .decisions, held == decisions, expected: held.map { text($0.sequence, $0.digest) } ?? "no checkpoint",
      actual: decisions.map { text($0.sequence, $0.digest) } ?? "no decisions")
    guard let shipped = expected.decisionLog else { return verification.skip(.decisionLog, "not asked for") }
    let lines = shipped.split(separator: UInt8(ascii: "\n"))
    guard let held else {
      return verification.add(
        .decisionLog, lines.isEmpty, expected: "\(lines.count) records", actual: "no checkpoint")
    }
    // A line holds its own number, so that its digest is found where the number is right.
    let isThere = lines.contains { held.digest == HashAlgorithm.sha256.digest(of: $0 + [UInt8(ascii: "\n")]) }
    let wanted = text(held.sequence, held.digest)
    verification.add(
      .decisionLog, isThere, expected: wanted, actual: isThere ? wanted : "not among \(lines.count) records")
  }
}
