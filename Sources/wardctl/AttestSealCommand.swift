internal import ArgumentParser
internal import Attestation
internal import Bytes
internal import Digest
internal import Evidence
internal import Linux
internal import NodeConfiguration
internal import Policy
internal import StrictJSON
internal import TSS

/// `wardctl attest seal`: a secret for this machine under one policy.
struct AttestSealCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "seal", abstract: "Seal a secret so that this TPM opens it under one policy alone.",
    discussion: """
      The node need not have measured the policy yet: the value of the policy PCR follows from the bundle. The secret, \
      of at most \(SealedSecret.limit) bytes, is read from a file or from standard input, and goes to the TPM encrypted.

      Examples:
        head -c 32 /dev/urandom | wardctl attest seal --input - --bundle policy.json --output model.key.sealed
        wardctl attest unseal model.key.sealed | ...
      """)

  @Option(help: ArgumentHelp("The secret; - is standard input.", valueName: "file")) var input: String
  @Option(help: ArgumentHelp("The bundle of the policy.", valueName: "policy.json")) var bundle: String
  @Option(name: .shortAndLong, help: ArgumentHelp("The sealed secret.", valueName: "file")) var output: String
  @Option(help: ArgumentHelp("The bank; that of the node's configuration where it is not stated.", valueName: "name"))
  var pcrBank: VerifierBank?
  @Option(
    help: ArgumentHelp("The policy PCR; that of the node's configuration where it is not stated.", valueName: "n"))
  var policyPCR: RegisterNumber?
  @OptionGroup var tpm: TPMOptions

  func run() throws {
    // No core file and no debugger shows the secret.
    try CurrentProcess.setDumpable(false)
    let configuration = try NodeConfiguration.load()
    let bytes = try FileDescriptor.contents(of: ByteString(bundle), limit: UnverifiedBundle.limit)
    // What no node would take is never measured.
    _ = try Policy.decode(bundle: bytes)
    let secret =
      input == "-"
      ? try StandardStream.input.readToEnd(limit: SealedSecret.limit)
      : try FileDescriptor.contents(of: ByteString(input), limit: SealedSecret.limit)
    guard !secret.isEmpty else { throw CommandFailure(description: "\(input): expected a secret, found nothing") }
    let bank = pcrBank?.algorithm ?? configuration.pcrBank
    let policy = SealingPolicy(
      pcr: policyPCR?.index ?? configuration.policyPCR, bank: bank,
      value: UnverifiedBundle(bytes: bytes).expectedPCR(in: bank))
    let sealed = try tpm.connect(configuration).seal(secret, for: policy)
    try OutputFile(output).write(CanonicalJSON.encode(sealed.json) + [UInt8(ascii: "\n")], mode: 0o600)
  }
}

/// `wardctl attest unseal`: the secret, to a pipe.
struct AttestUnsealCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "unseal", abstract: "Write a sealed secret to standard output, under its policy.",
    discussion: """
      The secret is written as it is, and to standard output alone, so that a program can read it from a pipe and no \
      disk ever holds it; to a terminal it is not written. Under another policy, or none, the message says which value \
      the policy PCR has and which one it should have.

      Exit status: 0 the secret was written, 1 it was not, 64 the command line was wrong.
      """)

  @Argument(help: ArgumentHelp("What wardctl attest seal wrote.", valueName: "sealed")) var sealed: String
  @OptionGroup var tpm: TPMOptions

  func run() throws {
    guard !CurrentProcess.isTerminal(1) else {
      throw CommandFailure(description: "standard output is a terminal: expected a pipe for the secret")
    }
    // No core file and no debugger shows the secret.
    try CurrentProcess.setDumpable(false)
    let bytes = try FileDescriptor.contents(of: ByteString(sealed), limit: 1 << 16)
    let secret = try tpm.connect().unseal(try SealedSecret.decode(bytes, file: sealed))
    try StandardStream.output.write(secret.bytes)
  }
}
