internal import ArgumentParser
internal import Attestation
internal import Bytes
internal import Digest
internal import Linux
internal import NodeConfiguration
internal import StrictJSON

/// `wardctl measure`: once at boot, before anything can be launched.
struct MeasureCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "measure", abstract: "Make a bundle this node's policy, for the time until the next boot.",
    discussion: """
      Extends the policy PCR of the node's TPM with the digest of the bundle, in every bank, and starts the event log. \
      The PCR must be zero: a second bundle in the same boot is refused. The TPM and the PCRs are those of \
      \(NodePaths.configuration).
      """)

  @Option(help: ArgumentHelp("The bundle that wardctl policy compile wrote.", valueName: "file"))
  var bundle: String?
  @Flag(help: "Lock the node down: after this only checkpoints and evidence of GPUs may follow in the event log.")
  var lockdown = false
  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    guard bundle != nil || lockdown else { throw ValidationError("give --bundle, --lockdown or both") }
  }

  func run() throws {
    let configuration = try NodeConfiguration.load()
    var result: JSONObject = [:]
    if let bundle {
      let bytes = try FileDescriptor.contents(of: ByteString(bundle), limit: UnverifiedBundle.limit)
      let measurement = try Measurement.measure(UnverifiedBundle(bytes: bytes), configuration)
      result = measurement.json
      if !json { measurement.print() }
    }
    if lockdown {
      try AttestedPolicy.load(configuration).append(.separator, configuration)
      result["lockdown"] = true
      if !json { print("locked down") }
    }
    if json { JSONOutput.print(.object(result)) }
  }
}

extension Measurement {
  fileprivate func print() {
    Swift.print("policy   \(name)@\(version)")
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
