internal import ArgumentParser
internal import Attestation
internal import Bytes
internal import DecisionLog
internal import Denials
internal import Digest
internal import Linux
internal import NodeConfiguration
internal import StrictJSON

/// `wardctl denials verify`: whether the record is whole.
struct DenialsVerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Check that no line of the record was changed, added or taken out.",
    discussion: """
      The chain alone shows a change of any line but the last ones: whoever can write to the log can cut its end. What \
      was checkpointed into the event PCR (wardctl attest checkpoint) cannot be cut: on a node --pcr compares the log \
      with its TPM, elsewhere --event-log and --value with what a quote of the node told.

      Examples:
        wardctl denials verify --pcr
        wardctl denials verify --log decisions.jsonl --event-log event.log --value 4f1c... --pcr-index 14

      Exit status: 0 whole, 1 not, 64 the command line was wrong.
      """)

  @OptionGroup var log: LogOptions
  @Flag(help: "Also compare with the checkpoints in this node's event PCR.") var pcr = false
  @Option(help: ArgumentHelp("The event log that came with a quote.", valueName: "file")) var eventLog: String?
  @Option(help: ArgumentHelp("The value of the event PCR that a quote told, in hexadecimal digits.", valueName: "hex"))
  var value: String?
  @Option(help: ArgumentHelp("The number of the event PCR.", valueName: "number")) var pcrIndex: UInt8 = 14
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    guard (eventLog == nil) == (value == nil) else {
      throw ValidationError("--event-log and --value go together: the log alone proves nothing")
    }
    guard !pcr || eventLog == nil else { throw ValidationError("either --pcr or --event-log") }
  }

  func run() throws {
    let events = try self.events()
    let result = try ChainVerification(try log.file(), events: events)
    var unfinished = 0
    if log.log.isEmpty { unfinished = try DenialsCommand.read().unfinished }
    if json {
      JSONOutput.print([
        "whole": .bool(result.faults.isEmpty), "records": JSONValue(result.count),
        "first": result.first.map { JSONValue($0) } ?? .null, "last": result.last.map { JSONValue($0) } ?? .null,
        "head": result.head.map { .string($0) } ?? .null,
        "checkpoints": .array(result.checkpoints.map { JSONValue($0) }),
        "rotatedCheckpoints": .array(result.passed.map { JSONValue($0) }),
        "faults": .array(result.faults.map { .string(ByteString($0.description)) }),
      ])
    } else {
      for fault in result.faults { print(fault) }
      if unfinished > 0 { print("\(unfinished) bytes of an unfinished line at the end") }
    }
    guard result.faults.isEmpty else { throw ExitCode.failure }
    guard !json else { return }
    guard let first = result.first, let last = result.last, let head = result.head else { return print("no records") }
    print("records \(first) to \(last) are whole; the last is sha256:\(head)")
    if events != nil {
      let held =
        result.checkpoints.last.map { "records up to \($0) are held by the PCR" } ?? "no record is held by the PCR"
      print(
        "\(held); \(result.passed.count) checkpoint\(result.passed.count == 1 ? "" : "s") of records that rotation took"
      )
    }
  }

  /// Events whose PCR has been checked; nil where nobody asked.
  private func events() throws -> [Event]? {
    if pcr {
      let configuration = try NodeConfiguration.load()
      // Loading compares the log with the PCR.
      _ = try AttestedPolicy.load(configuration)
      return try EventLog.read(configuration).records.map(\.event)
    }
    guard let eventLog, let value else { return nil }
    let bytes = try FileDescriptor.contents(of: ByteString(eventLog), limit: 16 << 20)
    let log = try EventLog(bytes: ByteString(bytes), pcr: pcrIndex)
    guard let expected = Hex.decode(ByteString(value.lowercased())),
      let bank = HashAlgorithm.allCases.first(where: { $0.size == expected.count && $0 != .sha1 })
    else { throw ValidationError("--value: expected 64, 96 or 128 hexadecimal digits") }
    guard log.replay(in: bank) == ByteString(expected) else {
      throw CommandFailure(description: "the event log does not give PCR \(pcrIndex) the value \(value)")
    }
    return log.records.map(\.event)
  }
}
