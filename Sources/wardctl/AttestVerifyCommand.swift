internal import ArgumentParser
internal import Attestation
internal import Bytes
internal import Digest
internal import Evidence
internal import Linux
internal import Signature
internal import StrictJSON

/// `wardctl attest verify`: the verifier's side. Nothing of this machine is looked at.
struct AttestVerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Judge a node's evidence. Needs no TPM and no node.",
    discussion: """
      Every check that can be made is made, and each line of the table says what was expected and what was found. The \
      evidence is verified if none has failed. A challenge is good for one answer: whoever takes a second one for the \
      same challenge takes a replay.

      Claimed is what the node says and what nothing proves: the attributes of a key that is known by its public half or \
      by a certificate alone. The decision log itself is no part of the evidence: with --decisions the one that was \
      shipped is compared with the checkpoint that the event PCR holds; whether its records follow one another, wardctl \
      denials verify says.

      With --max-age the challenge must not be older than so many seconds: --issued says when it was made.

      Examples:
        wardctl attest verify evidence.json --challenge challenge --ak node-ak.pem --bundle policy.json
        wardctl attest verify evidence.json --challenge challenge --ak-ca cloud.pem --release-policy release.json
        wardctl attest verify evidence.json --challenge challenge --issued "$(stat -c %Y challenge)" --max-age 60 \\
          --ak node-ak.pem --release-policy release.json
        wardctl attest verify evidence.json --challenge challenge --ak node-ak.pem \\
          --signer alice=a.pem --signer bob=b.pem --require 2 --floor 7

      Exit status: 0 verified, 2 a check has failed, 1 something could not be read, 64 the command line was wrong.
      """)

  @Argument(help: ArgumentHelp("What wardctl attest quote wrote.", valueName: "evidence.json")) var evidence: String
  @Option(help: ArgumentHelp("The challenge that was sent: a file, or hexadecimal digits.", valueName: "file|hex"))
  var challenge: ChallengeArgument
  @Option(help: ArgumentHelp("What the node must have bound to the quote.", valueName: "file")) var extra: String?
  @Option(
    help: ArgumentHelp(
      "A known attestation key: PEM, or whole as wardctl attest key export --format public writes it; repeatable.",
      valueName: "file"))
  var ak: [String] = []
  @Option(help: ArgumentHelp("Certificates of those who certify attestation keys, PEM.", valueName: "file"))
  var akCa: String?
  @Option(help: ArgumentHelp("What wardctl attest expect --format release-policy wrote.", valueName: "file"))
  var releasePolicy: String?
  @Option(help: ArgumentHelp("The bundle that the node must have.", valueName: "policy.json")) var bundle: String?
  @Option(help: ArgumentHelp("Its SHA-256.", valueName: "hex")) var policyDigest: String?
  @Option(help: ArgumentHelp("A signer and its public key; repeatable.", valueName: "name=pub.pem"))
  var signer: [SignerOption] = []
  @Option(help: ArgumentHelp("How many of the signers must have signed the bundle.", valueName: "k")) var require: Int?
  @Option(help: ArgumentHelp("The lowest version of the policy.", valueName: "n")) var floor: UInt64?
  @Option(help: ArgumentHelp("The node's configuration.", valueName: "ward.json")) var nodeConfiguration: String?
  @Option(help: ArgumentHelp("The bank; sha256 where nothing is stated.", valueName: "name")) var pcrBank: VerifierBank?
  @Option(name: .customLong("policy-pcr"), help: ArgumentHelp("8 where nothing is stated.", valueName: "n"))
  var policyPCR: RegisterNumber?
  @Option(name: .customLong("event-pcr"), help: ArgumentHelp("14 where nothing is stated.", valueName: "n"))
  var eventPCR: RegisterNumber?
  @Option(
    help: ArgumentHelp(
      "The decision log as it was shipped: it must have the record of the last checkpoint.", valueName: "file"))
  var decisions: String?
  @Option(help: ArgumentHelp("When the challenge was made, in seconds since 1970 (UTC).", valueName: "s"))
  var issued: Int64?
  @Option(help: ArgumentHelp("How many seconds old the challenge may be.", valueName: "s")) var maxAge: Int64?
  @Flag(help: "Take a node that was not locked down.") var allowOpen = false
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    guard ak.isEmpty != (akCa == nil) else { throw ValidationError("give one of --ak and --ak-ca") }
    guard bundle == nil || policyDigest == nil else {
      throw ValidationError("give one of --bundle and --policy-digest")
    }
    guard (issued == nil) == (maxAge == nil) else { throw ValidationError("give --issued and --max-age together") }
    guard (issued ?? 0) >= 0, (maxAge ?? 0) >= 0 else {
      throw ValidationError("--issued and --max-age: expected seconds from 0 on")
    }
    guard signer.isEmpty == (require == nil) else { throw ValidationError("give --signer and --require together") }
    try signer.check(require: require)
    guard releasePolicy != nil || bundle != nil || policyDigest != nil || !signer.isEmpty else {
      throw ValidationError(
        "say which policy is expected: --release-policy, --bundle, --policy-digest, or --signer with --require")
    }
  }

  func run() throws {
    let bytes = try FileDescriptor.contents(of: ByteString(evidence), limit: EvidenceDocument.sizeLimit)
    let document = try EvidenceDocument(file: bytes, named: evidence)
    let verification = document.verify(try expectations())
    if json { JSONOutput.print(verification.json) } else { verification.print() }
    if !verification.isVerified { throw ExitCode(2) }
  }

  private func expectations() throws -> Expectations {
    var expected = Expectations(challenge: try challenge.read(), key: try keyTrust())
    if let releasePolicy {
      let bytes = try FileDescriptor.contents(of: ByteString(releasePolicy), limit: 1 << 20)
      try ReleasePolicy.decode(bytes, file: releasePolicy).apply(to: &expected)
    }
    expected.extra = try extra.map {
      try FileDescriptor.contents(of: ByteString($0), limit: Challenge.extraLimit)
    }
    if let digest = try bundleDigest() { expected.bundle = digest }
    if let require {
      expected.signers = Expectations.Signers(required: require, keys: try signer.map { try $0.read() })
    }
    expected.floor = floor ?? expected.floor
    expected.configuration = try nodeConfiguration.map {
      HashAlgorithm.sha256.digest(of: try FileDescriptor.contents(of: ByteString($0), limit: 1 << 20))
    }
    expected.bank = pcrBank?.algorithm ?? expected.bank
    expected.policyPCR = policyPCR?.index ?? expected.policyPCR
    expected.eventPCR = eventPCR?.index ?? expected.eventPCR
    if allowOpen { expected.requiresLockdown = false }
    expected.decisionLog = try decisions.map {
      try FileDescriptor.contents(of: ByteString($0), limit: EvidenceDocument.sizeLimit)
    }
    if let issued, let maxAge {
      expected.age = Expectations.Age(seconds: try Timestamp.now().seconds - issued, maximum: maxAge)
    }
    return expected
  }

  private func keyTrust() throws -> Expectations.KeyTrust {
    if let akCa { return .authorities(try FileDescriptor.contents(of: ByteString(akCa), limit: 1 << 24)) }
    let files = try ak.map { ByteString(try FileDescriptor.contents(of: ByteString($0), limit: 1 << 16)) }
    guard files.contains(where: { $0.hasPrefix("-----BEGIN") }) else {
      return .areas(try files.map { try PublicArea($0) })
    }
    return .keys(try files.map { try VerificationKey(pem: $0.bytes) })
  }

  private func bundleDigest() throws -> ByteString? {
    if let bundle {
      let bytes = try FileDescriptor.contents(of: ByteString(bundle), limit: UnverifiedBundle.limit)
      return UnverifiedBundle(bytes: bytes).digest(in: .sha256)
    }
    guard let policyDigest else { return nil }
    guard let digest = Hex.decode(ByteString(policyDigest)), digest.count == HashAlgorithm.sha256.size else {
      throw ValidationError("--policy-digest: expected 64 hexadecimal digits")
    }
    return ByteString(digest)
  }
}

extension Verification {
  fileprivate func print() {
    let rows = checks.map { check in
      // What was found says it all where it is what was expected.
      let text =
        check.result == .failed ? "expected \(check.expected), found \(check.actual)" : check.actual
      return [check.name.rawValue, check.result.rawValue, text]
    }
    TextTable(headings: ["CHECK", "RESULT", "FOUND"], rows: rows).print()
    if let clock {
      Swift.print(
        "TPM: \(clock.resets) resets, \(clock.restarts) restarts, \(clock.milliseconds) ms\(clock.isSafe ? "" : " (unsafe)")"
      )
    }
    Swift.print(isVerified ? "verified" : "not verified")
  }
}
