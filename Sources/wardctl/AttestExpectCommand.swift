internal import ArgumentParser
internal import Attestation
internal import Bytes
internal import Digest
internal import Evidence
internal import Linux
internal import NodeConfiguration
internal import Policy
internal import StrictJSON

/// `wardctl attest expect`: for whoever releases keys to nodes with this policy.
struct AttestExpectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "expect", abstract: "Print the policy PCR's value on a node that measured a bundle.",
    discussion: """
      The value is H(zeros || H(file)): of sha256 it can be recomputed with sha256sum alone. Nothing of this node is \
      read, but the numbers of the PCRs and the bank from its configuration.

      With --format the same is written for those who release keys: release-policy is plain JSON that wardctl attest \
      verify takes, and any script; trustee-reference-values is a message for Trustee's rvps-tool, and trustee-policy \
      the rule in Rego that asks for the value.

      Examples:
        wardctl attest expect policy.json
        wardctl attest expect --format release-policy --signer alice=a.pem --require 1 --floor 7 policy.json
        wardctl attest expect --format trustee-reference-values policy.json
      """)

  /// What is written.
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case releasePolicy = "release-policy"
    case trusteeReferenceValues = "trustee-reference-values"
    case trusteePolicy = "trustee-policy"
  }

  @Argument(help: ArgumentHelp("The bundle.", valueName: "bundle")) var bundle: String
  @Option(help: ArgumentHelp("Only this bank: sha1, sha256, sha384 or sha512.", valueName: "name")) var bank: Bank?
  @Option(help: ArgumentHelp("release-policy, trustee-reference-values or trustee-policy.", valueName: "format"))
  var format: Format?
  @Option(help: ArgumentHelp("A signer whom a release policy asks for; repeatable.", valueName: "name=pub.pem"))
  var signer: [SignerOption] = []
  @Option(help: ArgumentHelp("How many of the signers must have signed.", valueName: "k")) var require: Int?
  @Option(help: ArgumentHelp("The lowest version that a release policy takes.", valueName: "n")) var floor: UInt64?
  @Flag(help: "A release policy that takes a node which was not locked down.") var allowOpen = false
  @Flag(help: "Print JSON.") var json = false

  /// A bank as it is named on the command line.
  enum Bank: String, ExpressibleByArgument, CaseIterable {
    case sha1, sha256, sha384, sha512

    var algorithm: HashAlgorithm {
      switch self {
      case .sha1: .sha1
      case .sha256: .sha256
      case .sha384: .sha384
      case .sha512: .sha512
      }
    }
  }

  func validate() throws {
    guard signer.isEmpty == (require == nil) else { throw ValidationError("give --signer and --require together") }
    try signer.check(require: require)
    guard format == .releasePolicy || (signer.isEmpty && floor == nil && !allowOpen) else {
      throw ValidationError("--signer, --require, --floor and --allow-open are for --format release-policy")
    }
    guard bank != .sha1 || format == nil else { throw ValidationError("--format: expected another bank than sha1") }
  }

  func run() throws {
    let bytes = try FileDescriptor.contents(of: ByteString(bundle), limit: UnverifiedBundle.limit)
    let policy = try Policy.decode(bundle: bytes)
    let file = UnverifiedBundle(bytes: bytes)
    let configuration = try NodeConfiguration.load()
    if let format { return try write(format, try releasePolicy(policy, file, configuration)) }
    let banks = bank.map { [$0.algorithm] } ?? HashAlgorithm.allCases
    let pcr = configuration.policyPCR
    guard !json else {
      var values = JSONObject()
      for bank in banks {
        values[ByteString(bank.rawValue)] = [
          "digest": .string(ByteString(Hex.encode(file.digest(in: bank).bytes))),
          "value": .string(ByteString(Hex.encode(file.expectedPCR(in: bank).bytes))),
        ]
      }
      return JSONOutput.print([
        "name": .string(policy.name), "version": JSONValue(policy.version), "pcr": JSONValue(pcr),
        "banks": .object(values),
      ])
    }
    print("policy  \(policy.name)@\(policy.version)")
    for bank in banks {
      print("digest  \(bank):\(Hex.encode(file.digest(in: bank).bytes))")
      print("PCR \(pcr)   \(bank):\(Hex.encode(file.expectedPCR(in: bank).bytes))")
    }
  }

  private func releasePolicy(
    _ policy: Policy, _ file: UnverifiedBundle, _ configuration: NodeConfiguration
  ) throws -> ReleasePolicy {
    var values: [HashAlgorithm: ByteString] = [:]
    for bank in HashAlgorithm.allCases where bank != .sha1 { values[bank] = file.expectedPCR(in: bank) }
    return ReleasePolicy(
      name: policy.name, version: policy.version, bundle: file.digest(in: .sha256),
      bank: bank?.algorithm ?? configuration.pcrBank, policyPCR: configuration.policyPCR,
      eventPCR: configuration.eventPCR, values: values, requiresLockdown: !allowOpen,
      signers: try require.map { try ReleasePolicy.Signers(required: $0, keys: try signer.map { try $0.read() }) },
      floor: floor)
  }

  private func write(_ format: Format, _ policy: ReleasePolicy) throws {
    switch format {
    case .releasePolicy: JSONOutput.print(policy.json)
    case .trusteeReferenceValues: JSONOutput.print(TrusteeFragment.referenceValues(policy))
    case .trusteePolicy: try StandardStream.output.write(TrusteeFragment.attestationPolicy(policy))
    }
  }
}
