internal import ArgumentParser
internal import Attestation
internal import Bytes
internal import Digest
internal import Evidence
internal import NodeConfiguration
internal import StrictJSON

/// What a verifier expects, and what the node tells.
struct AttestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "attest", abstract: "Prove to others which policy this node has, and seal secrets for a policy.",
    subcommands: [
      AttestExpectCommand.self, AttestLogCommand.self, AttestCheckpointCommand.self, AttestKeyCommand.self,
      AttestQuoteCommand.self, AttestVerifyCommand.self, AttestSealCommand.self, AttestUnsealCommand.self,
    ])
}

/// `wardctl attest log`: what was extended into the event PCR.
struct AttestLogCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "log", abstract: "Show the event log of this boot.",
    discussion: """
      With --json it is the JSON encoding of the TCG Canonical Event Log. With --check the command fails unless bundle, \
      event log and the TPM's PCRs agree, as they must for every command of ward.
      """)

  @Flag(help: "Compare it with the PCRs first.") var check = false
  @Flag(help: "Print JSON.") var json = false

  func run() throws {
    let configuration = try NodeConfiguration.load()
    if check { _ = try AttestedPolicy.load(configuration) }
    let log = try EventLog.read(configuration)
    guard !json else { return JSONOutput.print(.array(log.records.map(\.json))) }
    let bank = configuration.pcrBank
    let rows = log.records.map { record in
      let digest = record.digests.first { $0.bank == bank }.map { Hex.encode($0.digest.bytes.prefix(8)) + "..." } ?? ""
      return ["\(record.number)", "\(record.pcr)", record.event.name, digest, record.event.details]
    }
    TextTable(headings: ["RECORD", "PCR", "EVENT", bank.rawValue.uppercased(), "CONTENT"], rows: rows).print()
  }
}

/// `wardctl attest checkpoint`: from then on a quote shows when the decision log was cut.
struct AttestCheckpointCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "checkpoint", abstract: "Extend the event PCR with the end of the decision log.")

  func run() throws {
    let configuration = try NodeConfiguration.load()
    guard let end = try Checkpoint.take(try AttestedPolicy.load(configuration), configuration) else {
      throw CommandFailure(description: "the decision log is empty: there is nothing to hold on to")
    }
    print("checkpoint at record \(end.sequence)")
  }
}

extension EventRecord {
  fileprivate var json: JSONValue {
    [
      "recnum": JSONValue(number), "pcr": JSONValue(pcr),
      "digests": .array(
        digests.map { digest in
          [
            "hashAlg": .string(ByteString(digest.bank.rawValue)),
            "digest": .string(ByteString(Hex.encode(digest.digest.bytes))),
          ]
        }),
      "content_type": "ward", "content": event.json,
    ]
  }
}

extension Event {
  fileprivate var json: JSONValue {
    guard case .object(var members) = payload else { return payload }
    members["event"] = .string(ByteString(name))
    return .object(members)
  }

  fileprivate var details: String {
    switch self {
    case .policy(let name, let version, let digest, _): "\(name)@\(version) sha256:\(Hex.encode(digest.bytes))"
    case .separator: ""
    case .checkpoint(let sequence, let digest): "decision \(sequence) sha256:\(Hex.encode(digest.bytes))"
    case .gpu(let digest): "evidence sha256:\(Hex.encode(digest.bytes))"
    case .launch(let launch):
      "\(launch.entry) of \(launch.images.map { Hex.encode($0.bytes.prefix(8)) + "..." }.joined(separator: " "))"
    }
  }
}
