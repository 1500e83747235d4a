internal import ArgumentParser
internal import Bytes
internal import DecisionLog
internal import Denials
internal import Linux
internal import Policy
internal import PolicyAnalysis
internal import PolicyAuthoring
internal import StrictJSON

/// `wardctl policy explain`: what a policy says to a command, entry by entry.
struct PolicyExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Say what a policy decides on a command, and why.",
    discussion: """
      The input is a config.json, with --exec a process.json, or a decision of the log: the number of a record of this \
      node, or a file with one as `wardctl denials show --json` prints it. Under a policy that audits a record holds the \
      command, which is explained as if it came now; otherwise what was recorded is explained. The entries come with the fewest violations first. The decision is the one that \
      the runtime takes, on a node where the sandbox that the config.json names runs.

      Exit status: 0 the command is admitted, 1 it is denied, 3 something could not be read, 64 the command line was \
      wrong.
      """)

  @OptionGroup var images: ImageOptions
  @Option(help: ArgumentHelp("The input is a process to run in a container of this entry.", valueName: "entry"))
  var exec: String?
  @Option(
    help: ArgumentHelp("The id of the container; the last part of the cgroup path if left out.", valueName: "id"))
  var id: String?
  @Option(help: ArgumentHelp("A container of this entry runs already.", valueName: "entry")) var running: [String] = []
  @Flag(help: "Print JSON.") var json = false
  @Argument(help: ArgumentHelp("The policy: YAML or a bundle.", valueName: "policy")) var policy: String
  @Argument(help: ArgumentHelp("The command.", valueName: "input")) var input: String

  func run() throws {
    let isAdmitted: Bool
    do {
      isAdmitted = try explain()
    } catch {
      try StandardStream.error.write("\(error)\n")
      throw ExitCode(3)
    }
    throw isAdmitted ? ExitCode.success : ExitCode.failure
  }

  private func explain() throws -> Bool {
    let policy = try images.policy(policy)
    if let number = UInt64(decimal: ByteString(input)) {
      let records = try DenialsCommand.read().records
      guard let record = records.first(where: { $0.sequence == number }) else {
        throw CommandFailure(description: "the log has no record \(number)")
      }
      return try explain(record, policy, before: records.prefix { $0.sequence < number })
    }
    let document = try StrictJSON.decode(
      JSONValue.self, from: try FileDescriptor.contents(of: ByteString(input), limit: 4 << 20), named: input)
    if case .object(let object) = document, object["violations"] != nil, object["decision"] != nil {
      return try explain(try DecisionRecord(json: document), policy)
    }
    let trial = try Trial(
      exec == nil ? .create(document) : .exec(document), id: id.map { ByteString($0) },
      entry: exec.map { ByteString($0) }, running: running.map { ByteString($0) })
    return try explain(trial, policy)
  }

  /// A record: as a command where it holds one.
  private func explain(
    _ record: DecisionRecord, _ policy: Policy, before: ArraySlice<DecisionRecord> = []
  ) throws -> Bool {
    guard let observed = try ObservedCommand(record) else {
      let explanation = RecordExplanation(record, policy, nil, because: nil)
      if json { JSONOutput.print(explanation.json) } else { print(explanation.text, terminator: "") }
      return record.outcome == .admit
    }
    let running = running.map { ByteString($0) }
    if case .create = observed.command {
      return try explain(try Trial(observed.command, id: observed.id, running: running), policy)
    }
    // Which entry it is for, this policy says of the command that made the container.
    let creation = try before.last { $0.verb == "create" && $0.container == record.container }
      .flatMap { try ObservedCommand($0) }
    let entry =
      try exec.map { ByteString($0) }
      ?? creation.flatMap { try Trial($0.command, id: $0.id).explain(policy).evaluation.entry }
      ?? observed.entry?.split(UInt8(ascii: "/")).first
    guard let entry else {
      throw CommandFailure(description: "record \(record.sequence): expected the container's entry: name it by --exec")
    }
    return try explain(try Trial(observed.command, id: observed.id, entry: entry, running: running), policy)
  }

  private func explain(_ trial: Trial, _ policy: Policy) throws -> Bool {
    let explanation: Explanation
    do { explanation = try trial.explain(policy) } catch { throw CommandFailure(description: "\(input): \(error)") }
    guard !json else {
      JSONOutput.print(explanation.json)
      return explanation.evaluation.isAdmitted
    }
    print(ExplanationText(explanation, policy, trial).description, terminator: "")
    return explanation.evaluation.isAdmitted
  }
}

extension ObservedCommand {
  /// What a record holds; nil where it holds no command, or not all of it.
  init?(_ record: DecisionRecord) throws {
    guard let request = record.request else { return nil }
    if case .object(let members) = try StrictJSON.parse(request.bytes), members["redacted"] != nil { return nil }
    try self.init(
      record: record.sequence, verb: record.verb, id: record.container, entry: record.entry,
      request: try StrictJSON.parse(request.bytes, named: "record \(record.sequence)"))
  }
}
