internal import ArgumentParser
internal import Bytes
internal import Linux
internal import Policy
internal import PolicyAuthoring
internal import Signature

/// `wardctl policy inspect`: what a bundle holds, for whoever got nothing but the bundle.
struct PolicyInspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Say what a bundle holds and what it leaves open.",
    discussion: """
      Everything comes from the bundle: images by root hash, each container with its process, rights and places, what \
      the filters of system calls admit (found in their programs), and each place that admits more than one value. The \
      signers are those whom BUNDLE.dsse names, where it is there: that they signed is checked by `policy verify`.

      Examples:
        wardctl policy inspect policy.json
        wardctl policy inspect --json policy.json | jq .open

      Exit status: 0 done, 1 the bundle is none that a node would take, 64 the command line was wrong.
      """)

  @Option(help: ArgumentHelp("The envelope; BUNDLE.dsse where it is not stated and there.", valueName: "file"))
  var signature: String?

  @Flag(help: "Print JSON: with the whole bundle and the names of the system calls.")
  var json = false

  @Argument(help: ArgumentHelp("The bundle.", valueName: "policy.json"))
  var bundle: String

  func run() throws {
    let bytes = try FileDescriptor.contents(of: ByteString(bundle), limit: Policy.sizeLimit)
    let envelope =
      try signature.map { try EnvelopeFile($0).read() } ?? EnvelopeFile(bundle + ".dsse").readIfThere()
    if let envelope {
      guard envelope.payloadType == Envelope.policyType, envelope.payload == bytes else {
        throw CommandFailure(
          description: "\(signature ?? bundle + ".dsse"): the signatures are those of another bundle")
      }
    }
    let inspection = try PolicyInspection(bundle: bytes, signers: envelope?.signatures.map(\.keyID))
    guard json else { return try StandardStream.output.write(inspection.description) }
    JSONOutput.print(inspection.json)
  }
}
