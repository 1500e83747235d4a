internal import ArgumentParser
internal import Attestation
internal import Bytes
internal import Digest
internal import Evidence
internal import Linux
internal import NodeConfiguration
internal import Policy
internal import StrictJSON

/// What a verifier expects, and what the node tells.
struct AttestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "attest", abstract: "Prove to others which policy this node has, and seal secrets for a policy.",
    subcommands: [
      AttestExpectCommand.self, AttestLogCommand.self, AttestCheckpointCommand.self, AttestKeyCommand.self,
      AttestQuoteCommand.self, AttestSealCommand.self, AttestUnsealCommand.self,
    ])
}

/// `wardctl attest expect`: for whoever releases keys to nodes with this policy.
struct AttestExpectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "expect", abstract: "Print the policy PCR's value on a node that measured a bundle.",
    discussion: """
      The value is H(zeros || H(file)): of sha256 it can be recomputed with sha256sum alone. Nothing of this node is \
      read, but the number of the PCR from its configuration.
      """)

  @Argument(help: ArgumentHelp("The bundle.", valueName: "bundle")) var bundle: String
  @Option(help: ArgumentHelp("Only this bank: sha1, sha256, sha384 or sha512.", valueName: "name")) var bank: Bank?
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

  func run() throws {
    let bytes = try FileDescriptor.contents(of: ByteString(bundle), limit: UnverifiedBundle.limit)
    let policy = try Policy.decode(bundle: bytes)
    let file = UnverifiedBundle(bytes: bytes)
    let pcr = try NodeConfiguration.load().policyPCR
    let banks = bank.map { [$0.algorithm] } ?? HashAlgorithm.allCases
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
}

/// `wardctl attest log`: what was extended into the event PCR.
struct AttestLogCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "log", abstract: "Show the event log of this boot.",
    discussion: "With --json it is the JSON encoding of the TCG Canonical Event Log.")

  @Flag(help: "Print JSON.") var json = false

  func run() throws {
    let configuration = try NodeConfiguration.load()
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
    guard let end = try Checkpoint.take(configuration) else {
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
