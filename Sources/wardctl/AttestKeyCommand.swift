internal import ArgumentParser
internal import Bytes
internal import Digest
internal import Evidence
internal import Linux
internal import Signature
internal import StrictJSON
internal import TSS

/// `wardctl attest key`: the key that signs quotes, and how a verifier learns whose it is.
struct AttestKeyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key", abstract: "Make the attestation key, and prove to a verifier in which TPM it is.",
    discussion: """
      On the node, once:                wardctl attest key create
                                        wardctl attest key export --output node.json
      At the verifier, without a TPM:   wardctl attest key challenge node.json --ek-ca makers.pem \\
                                          --output credential --keep pending.json
      On the node:                      wardctl attest key activate credential --output answer
      At the verifier:                  wardctl attest key confirm pending.json --answer answer --output node-ak.pem
      """,
    subcommands: [
      AttestKeyCreateCommand.self, AttestKeyExportCommand.self, AttestKeyChallengeCommand.self,
      AttestKeyActivateCommand.self, AttestKeyConfirmCommand.self,
    ])
}

/// `wardctl attest key create`
struct AttestKeyCreateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create", abstract: "Make the attestation key, unless it is there.",
    discussion: """
      ECDSA on P-256 with SHA-256, restricted: it signs what the TPM itself says. A key that is there is used as it is, \
      of whichever maker, if it is restricted too and never left the TPM.
      """)

  @OptionGroup var key: AttestationKeyOptions
  @OptionGroup var tpm: TPMOptions

  func run() throws {
    let (area, isNew) = try tpm.connect().createAttestationKey(at: key.handle.number)
    print("\(isNew ? "made" : "found") \(key.handle)")
    print("name \(Hex.encode(area.name.bytes))")
  }
}

/// `wardctl attest key export`
struct AttestKeyExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write the public half of the attestation key or the endorsement key.",
    discussion: """
      With --format json, which is the default, it is both keys with the certificates that the TPM holds, for wardctl \
      attest key challenge. The other formats are of the one key: pem, public (TPM2B_PUBLIC, as tpm2-tools take it), \
      name (hexadecimal).
      """)

  /// What is written.
  enum Format: String, ExpressibleByArgument, CaseIterable { case json, pem, `public`, name }
  /// Of which key.
  enum Role: String, ExpressibleByArgument, CaseIterable { case attestation, endorsement }

  @Option(help: "json, pem, public or name.") var format = Format.json
  @Option(help: ArgumentHelp("attestation or endorsement, where one key is written.", valueName: "role"))
  var key = Role.attestation
  @OptionGroup var endorsement: EndorsementOptions
  @Option(help: ArgumentHelp("Index of the TPM's storage with a certificate of the attestation key.", valueName: "0xN"))
  var certificateIndex: NVIndex?
  @Option(
    name: .shortAndLong, help: ArgumentHelp("The file; standard output where it is not stated.", valueName: "file"))
  var output: String?
  @OptionGroup var attestationKey: AttestationKeyOptions
  @OptionGroup var tpm: TPMOptions

  func run() throws {
    // The primes of an RSA key take their time.
    let tpm = try tpm.connect(milliseconds: 120_000)
    let contents: [UInt8]
    switch (format, key) {
    case (.json, _):
      let (endorsementKey, certificate) = try tpm.endorsementKey(try endorsement.kind(tpm))
      let attestationKey = try tpm.attestationKey(at: attestationKey.handle.number)
      let identity = AttestationIdentity(
        attestationKey: .init(
          publicArea: attestationKey.bytes, certificate: try certificateIndex.flatMap { try tpm.readNV($0.number) }),
        endorsementKey: .init(publicArea: endorsementKey.bytes, certificate: certificate))
      contents = JSONWriter.encodePretty(identity.json)
    case (_, .attestation): contents = write(try tpm.attestationKey(at: attestationKey.handle.number))
    case (_, .endorsement): contents = write(try tpm.endorsementKey(try endorsement.kind(tpm)).key)
    }
    if let output { try OutputFile(output).write(contents) } else { try StandardStream.output.write(contents) }
  }

  private func write(_ area: PublicArea) -> [UInt8] {
    switch format {
    case .json, .name: Array("\(Hex.encode(area.name.bytes))\n".utf8)
    case .pem: Array(area.key.pem.utf8)
    case .public: area.bytes.bytes
    }
  }
}

/// `wardctl attest key challenge`
struct AttestKeyChallengeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "challenge", abstract: "Make a credential that one TPM opens for its attestation key. Needs no TPM.",
    discussion: """
      The TPM is known by its endorsement key: by a certificate of its maker (--ek-ca), or because the key itself is \
      known (--ek). The credential has the form of tpm2_makecredential.
      """)

  @Argument(help: ArgumentHelp("What wardctl attest key export wrote.", valueName: "node.json")) var identity: String
  @Option(help: ArgumentHelp("Certificates of makers of TPMs, PEM.", valueName: "file")) var ekCa: String?
  @Option(help: ArgumentHelp("The endorsement key, PEM.", valueName: "file")) var ek: String?
  @Option(name: .shortAndLong, help: ArgumentHelp("The credential, for the node.", valueName: "file")) var output:
    String
  @Option(help: ArgumentHelp("What stays here until the node has answered.", valueName: "file")) var keep: String

  func validate() throws {
    guard (ekCa == nil) != (ek == nil) else { throw ValidationError("give one of --ek-ca and --ek") }
  }

  func run() throws {
    let bytes = try FileDescriptor.contents(of: ByteString(identity), limit: 1 << 20)
    let identity = try AttestationIdentity.decode(bytes, file: self.identity)
    let attestationKey = try PublicArea(identity.attestationKey.publicArea)
    let endorsementKey = try PublicArea(identity.endorsementKey.publicArea)
    guard attestationKey.isAttestationKey else {
      throw CommandFailure(description: "\(self.identity): expected a restricted signing key, found another")
    }
    try check(endorsementKey, certificate: identity.endorsementKey.certificate)
    var generator = SystemRandomNumberGenerator()
    let secret = ByteString((0..<Credential.secretSize).map { _ in UInt8.random(in: 0...255, using: &generator) })
    let credential = try Credential(
      protecting: secret, for: endorsementKey, attestationKeyName: attestationKey.name)
    let pending = PendingActivation(
      attestationKey: attestationKey.bytes, digest: HashAlgorithm.sha256.digest(of: secret.bytes))
    try OutputFile(keep).write(JSONWriter.encodePretty(pending.json), mode: 0o600)
    try OutputFile(output).write(credential.file)
  }

  private func check(_ key: PublicArea, certificate: ByteString?) throws {
    guard key.attributes.isSuperset(of: [.fixedTPM, .fixedParent, .restricted, .decrypt]) else {
      throw CommandFailure(description: "\(identity): expected a restricted decryption key as endorsement key")
    }
    if let ek {
      let known = try VerificationKey(pem: try FileDescriptor.contents(of: ByteString(ek), limit: 1 << 16))
      guard known == key.key else { throw CommandFailure(description: "\(identity): the endorsement key is not \(ek)") }
    }
    if let ekCa {
      guard let certificate else {
        throw CommandFailure(description: "\(identity): expected a certificate of the endorsement key, found none")
      }
      let found = try Certificate(der: certificate)
      try found.verify(authorities: try FileDescriptor.contents(of: ByteString(ekCa), limit: 1 << 24))
      guard found.key == key.key else {
        throw CommandFailure(description: "\(identity): the certificate is that of another key")
      }
    }
  }
}

/// `wardctl attest key activate`
struct AttestKeyActivateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "activate", abstract: "Have the TPM open a credential.",
    discussion: "It opens it only if both keys for which the credential was made are its own.")

  @Argument(help: ArgumentHelp("The credential.", valueName: "file")) var credential: String
  @OptionGroup var endorsement: EndorsementOptions
  @Option(name: .shortAndLong, help: ArgumentHelp("The answer for the verifier.", valueName: "file")) var output: String
  @OptionGroup var key: AttestationKeyOptions
  @OptionGroup var tpm: TPMOptions

  func run() throws {
    let credential = try Credential(file: try FileDescriptor.contents(of: ByteString(credential), limit: 1 << 14))
    let tpm = try tpm.connect(milliseconds: 120_000)
    let secret = try tpm.activate(
      credential, attestationKey: key.handle.number,
      endorsementKey: try endorsement.kind(tpm))
    try OutputFile(output).write(secret.bytes, mode: 0o600)
  }
}

/// `wardctl attest key confirm`
struct AttestKeyConfirmCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "confirm", abstract: "Check a node's answer, and write its attestation key. Needs no TPM.",
    discussion: "From then on the key is known: wardctl attest verify --ak takes it.")

  @Argument(help: ArgumentHelp("What was kept.", valueName: "pending.json")) var pending: String
  @Option(help: ArgumentHelp("The node's answer.", valueName: "file")) var answer: String
  @Option(name: .shortAndLong, help: ArgumentHelp("The attestation key, PEM.", valueName: "file")) var output: String

  func run() throws {
    let bytes = try FileDescriptor.contents(of: ByteString(self.pending), limit: 1 << 20)
    let pending = try PendingActivation.decode(bytes, file: self.pending)
    let answer = try FileDescriptor.contents(of: ByteString(answer), limit: 1 << 12)
    guard HashAlgorithm.sha256.digest(of: answer) == pending.digest else {
      throw CommandFailure(description: "\(self.answer): expected the secret of the credential, found another")
    }
    try OutputFile(output).write(Array(try PublicArea(pending.attestationKey).key.pem.utf8))
  }
}

/// Which endorsement key.
struct EndorsementOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The endorsement key's kind, ecc or rsa; the certified one where it is not stated.", valueName: "kind"),
    transform: EndorsementOptions.kind(named:))
  var endorsement: EndorsementKind?

  static func kind(named text: String) throws -> EndorsementKind {
    guard let kind = EndorsementKind.allCases.first(where: { ByteString($0.rawValue) == ByteString(text) }) else {
      throw ValidationError("expected ecc or rsa")
    }
    return kind
  }

  func kind(_ tpm: borrowing TPM) throws -> EndorsementKind {
    try endorsement ?? tpm.certifiedEndorsementKind()
  }
}

/// `0x01C101D0`.
struct NVIndex: ExpressibleByArgument {
  let number: UInt32

  init?(argument: String) {
    guard argument.hasPrefix("0x"), let number = UInt32(argument.dropFirst(2), radix: 16),
      (0x0100_0000...0x01FF_FFFF).contains(number)
    else { return nil }
    self.number = number
  }
}
