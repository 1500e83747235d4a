internal import ArgumentParser
internal import Attestation
internal import Bytes
internal import Digest
internal import Linux
internal import Measurement
internal import NodeConfiguration
internal import Signature
internal import StrictJSON

/// `wardctl measure`: once at boot, before anything can be launched.
struct MeasureCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "measure", abstract: "Make a bundle this node's policy, for the time until the next boot.",
    discussion: """
      Extends the policy PCR of the node's TPM with the digest of the bundle, in every bank, and starts the event log. \
      The PCR must be zero: a second bundle in the same boot is refused. A call that was cut short is completed by the \
      same call, or by wardctl measure --lockdown where the bundle is measured and the node is still open. The TPM, the PCRs and the signers that the \
      bundle needs are those of \(NodePaths.configuration), whose digest goes into the event log with the bundle's.

      Examples:
        wardctl measure --bundle /etc/ward/policy.json
        wardctl measure --lockdown
      """)

  @Option(help: ArgumentHelp("The bundle that wardctl policy compile wrote.", valueName: "file"))
  var bundle: String?
  @Option(help: ArgumentHelp("Its signatures; BUNDLE.dsse where that exists.", valueName: "file"))
  var signature: String?
  @Option(
    help: ArgumentHelp(
      """
      The TPM: device:PATH, swtpm:PATH or swtpm:host=127.0.0.1,port=N. The node configuration's where it is not stated.
      """,
      valueName: "tcti"))
  var tpm: TPMOption?
  @Flag(help: "Lock the node down: only launches, checkpoints and evidence of GPUs may follow in the event log.")
  var lockdown = false
  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    guard bundle != nil || lockdown else { throw ValidationError("give --bundle, --lockdown or both") }
    guard signature == nil || bundle != nil else { throw ValidationError("--signature goes with --bundle") }
  }

  func run() throws {
    var configuration = try NodeConfiguration.load()
    if let tpm { configuration.tpm = tpm.address }
    var result: JSONObject = [:]
    if let bundle {
      let bytes = try FileDescriptor.contents(of: ByteString(bundle), limit: UnverifiedBundle.limit)
      let signed = try SignedBundle(UnverifiedBundle(bytes: bytes), envelope: try envelope(of: bundle), configuration)
      let measured = try signed.measure(configuration)
      result = measured.json
      result["signers"] = .array(signed.signers.map { .string(ByteString($0)) })
      if !json { measured.print(signers: signed.signers) }
    }
    if lockdown {
      try AttestedPolicy.load(configuration).append(.separator, configuration)
      result["lockdown"] = true
      if !json { print("locked down") }
    }
    if json { JSONOutput.print(.object(result)) }
  }
}

extension MeasureCommand {
  private func envelope(of bundle: String) throws(SystemError) -> [UInt8]? {
    do {
      return try FileDescriptor.contents(of: ByteString(signature ?? bundle + ".dsse"), limit: Envelope.sizeLimit)
    } catch {
      guard signature == nil, error.errno == ErrorNumber.ENOENT else { throw error }
      return nil
    }
  }
}

/// A TPM on the command line.
struct TPMOption: ExpressibleByArgument {
  let address: TPMAddress

  init?(argument: String) {
    guard let address = TPMAddress(ByteString(argument)) else { return nil }
    self.address = address
  }
}

extension MeasuredBundle {
  fileprivate func print(signers: [String]) {
    Swift.print("policy   \(name)@\(version)")
    if !signers.isEmpty { Swift.print("signed   \(signers.joined(separator: ", "))") }
    Swift.print("digest   sha256:\(Hex.encode(digest.bytes))")
    for value in values { Swift.print("PCR \(policyPCR)    \(value.bank):\(Hex.encode(value.value.bytes))") }
  }

  fileprivate var json: JSONObject {
    var banks = JSONObject()
    for value in values {
      banks[ByteString(value.bank.rawValue)] = .string(ByteString(Hex.encode(value.value.bytes)))
    }
    return [
      "name": .string(name), "version": JSONValue(version), "digest": .string(ByteString(Hex.encode(digest.bytes))),
      "pcr": JSONValue(policyPCR), "values": .object(banks),
    ]
  }
}
