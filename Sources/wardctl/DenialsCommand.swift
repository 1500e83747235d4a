internal import ArgumentParser
internal import Bytes
internal import DecisionLog
internal import Denials
internal import Linux
internal import NodeConfiguration
internal import Policy
internal import PolicyAnalysis
internal import StrictJSON

/// What this node refused.
struct DenialsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "denials", abstract: "See what a node refused, why, and what would admit it.",
    discussion: """
      The node's own log is read, or files by --log (oldest first); from-events needs no access to the node.

      Examples:
        kubectl get events -A -o json | wardctl denials from-events
        wardctl denials list --since 2h --code WARD-ENV-UNEXPECTED
        wardctl denials explain 18 --policy policy.yaml
        wardctl denials suggest 18 --policy policy.yaml
        wardctl denials report --output denials.html
      """,
    subcommands: [
      DenialsListCommand.self, DenialsShowCommand.self, DenialsExplainCommand.self, DenialsTopCommand.self,
      DenialsTailCommand.self, DenialsStatsCommand.self, DenialsVerifyCommand.self, DenialsReplayCommand.self,
      DenialsSuggestCommand.self, DenialsFromEventsCommand.self, DenialsExportCommand.self, DenialsReportCommand.self,
      DenialsBrowseCommand.self, DenialsShipCommand.self, DenialsCodesCommand.self,
    ],
    defaultSubcommand: DenialsListCommand.self)

  /// The node's record.
  static func read() throws -> DecisionLogContents {
    try DecisionChain(NodeConfiguration.load().decisionLog).read()
  }
}

/// Which log is read.
struct LogOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("A decision log; repeatable, oldest first. This node's where none is stated.", valueName: "file")
  )
  var log: [String] = []

  /// The files of the log.
  func file() throws -> RecordFile {
    guard log.isEmpty else { return RecordFile(paths: log.map { ByteString($0) }) }
    return RecordFile(node: try NodeConfiguration.load().decisionLog.path)
  }

  /// One record.
  func record(_ number: UInt64) throws -> DecisionRecord {
    var found: DecisionRecord?
    var damage: String?
    let needle = Array("\"sequence\":\(number)".utf8)
    try file().forEachLine { line in
      guard line.bytes.contains(needle) else { return true }
      do {
        let record = try StrictJSON.decode(DecisionRecord.self, from: line.bytes.array, named: "record \(number)")
        guard record.sequence == number else { return true }
        found = record
      } catch { damage = "\(error)" }
      return false
    }
    if let damage { throw CommandFailure(description: damage) }
    guard let found else { throw CommandFailure(description: "the log has no record \(number)") }
    return found
  }
}

/// What is known of a command beside its record.
struct CommandOptions: ParsableArguments {
  @OptionGroup var log: LogOptions
  @OptionGroup var images: ImageOptions
  @Option(help: ArgumentHelp("The value of a variable that the record left out; repeatable.", valueName: "NAME=VALUE"))
  var value: [AssignmentOption] = []
  @Option(
    help: ArgumentHelp("An argument that the record left out, by its number from 0; repeatable.", valueName: "N=VALUE"))
  var argument: [AssignmentOption] = []
  @Option(help: ArgumentHelp("The config.json or process.json that was sent.", valueName: "file")) var document: String?
  @Option(help: ArgumentHelp("The container's entry, where the log does not tell.", valueName: "name")) var entry:
    String?
  @Option(
    help: ArgumentHelp(
      "What a name of the policy stands for in the container, such as pod.name=web-0; repeatable.",
      valueName: "NAME=VALUE"))
  var name: [AssignmentOption] = []
  @Option(help: ArgumentHelp("A container of this entry runs in the pod; repeatable.", valueName: "entry"))
  var running: [String] = []

  /// The command of a record with what is stated here.
  func command(_ record: DecisionRecord) throws -> HeldCommand {
    let sent = try document.map {
      try StrictJSON.parse(FileDescriptor.contents(of: ByteString($0), limit: 4 << 20), named: $0)
    }
    if let sent, record.request == nil { return try HeldCommand(record, sent: sent) }
    var command = try HeldCommand(record)
    if let sent { try command.fill(document: sent) }
    for value in value { try command.fill(variable: value.name, value: value.value) }
    for value in argument {
      guard let index = Int(decimal: value.name) else {
        throw ValidationError("--argument: expected a number before =, found \"\(value.name)\"")
      }
      try command.fill(argument: index, value: value.value)
    }
    return command
  }

  /// Where a command was tried: what the log tells, and what is stated here.
  func surroundings(of command: HeldCommand) throws -> Surroundings {
    var surroundings = try Surroundings(of: command, in: log.file())
    if let entry { surroundings.entry = ByteString(entry) }
    for name in name { surroundings.names[name.name] = name.value }
    surroundings.running = running.map { ByteString($0) }
    return surroundings
  }

  /// The command of a record, held against a policy.
  func replay(_ record: DecisionRecord, _ policy: Policy) throws -> Replay {
    let command = try command(record)
    return try Replay(command, policy, in: surroundings(of: command))
  }
}
