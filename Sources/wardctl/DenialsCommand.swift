internal import ArgumentParser
internal import Attestation
internal import Bytes
internal import DecisionLog
internal import NodeConfiguration
internal import Policy
internal import StrictJSON

/// What this node refused.
struct DenialsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "denials", abstract: "List and show what this node refused, and check the record of it.",
    subcommands: [
      DenialsListCommand.self, DenialsShowCommand.self, DenialsVerifyCommand.self, DenialsCodesCommand.self,
    ],
    defaultSubcommand: DenialsListCommand.self)

  /// The node's record.
  static func read() throws -> DecisionLogContents {
    try DecisionChain(NodeConfiguration.load().decisionLog).read()
  }
}

/// `wardctl denials list`: a line for each refusal.
struct DenialsListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "list", abstract: "List refused commands.")

  @Flag(help: "Also what was admitted.") var all = false
  @Option(help: ArgumentHelp("Only with this code, such as WARD-ENV-UNEXPECTED.", valueName: "code")) var code: String?
  @Option(help: ArgumentHelp("Only of this container.", valueName: "id")) var container: String?
  @Option(help: ArgumentHelp("Only of this command, such as exec.", valueName: "verb")) var verb: String?
  @Flag(help: "Print JSON.") var json = false

  func run() throws {
    let contents = try DenialsCommand.read()
    let (code, container, verb) = (
      code.map { ByteString($0) }, container.map { ByteString($0) }, verb.map { ByteString($0) }
    )
    let records = contents.records.filter { record in
      (all || record.outcome == .deny) && (verb == nil || record.verb == verb)
        && (container == nil || record.container == container)
        && (code == nil || record.violations.contains { $0.code == code })
    }
    if json {
      JSONOutput.print(.array(records.map(\.json)))
    } else if records.isEmpty {
      print(all ? "nothing was decided" : "nothing was refused")
    } else {
      let decision = all ? ["DECISION"] : []
      TextTable(
        headings: ["RECORD", "TIME"] + decision + ["VERB", "CONTAINER", "ENTRY", "CODE", "PLACE AND REASON"],
        rows: records.map { $0.row(withDecision: all) }
      ).print()
    }
    if !contents.faults.isEmpty { throw CommandFailure(description: "the log is damaged: see wardctl denials verify") }
  }
}

/// `wardctl denials show`: everything that is known of one decision.
struct DenialsShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "show", abstract: "Show one decision in full.")

  @Argument(help: ArgumentHelp("The number of the record.", valueName: "record")) var record: UInt64
  @Flag(help: "Print JSON.") var json = false

  func run() throws {
    guard let found = try DenialsCommand.read().records.first(where: { $0.sequence == record }) else {
      throw CommandFailure(description: "the log has no record \(record)")
    }
    guard !json else { return JSONOutput.print(found.json) }
    let policy = found.policy.map { "\($0.name)@\($0.version) (\($0.mode)) sha256:\($0.digest)" } ?? "none was attested"
    print("record     \(found.sequence)")
    print("time       \(found.time)")
    print("command    \(found.verb) \(found.container)")
    print("entry      \(found.entry?.description ?? "-")")
    print("policy     \(policy)")
    print("decision   \(found.outcome.rawValue)")
    for violation in found.violations {
      print("")
      print("  \(violation.code)\(violation.pointer.isEmpty ? "" : " at \(violation.pointer)")")
      if let cause = DenialsCodesCommand.cause(of: violation.code) { print("    cause     \(cause)") }
      print("    expected  \(violation.expected)")
      print("    found     \(violation.actual)")
    }
    if found.omitted > 0 { print("\n  and \(found.omitted) further violations") }
  }
}

/// `wardctl denials verify`: whether the record is whole.
struct DenialsVerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Check that no line of the record was changed, added or taken out.")

  func run() throws {
    let contents = try DenialsCommand.read()
    for fault in contents.faults {
      print("\(fault.file):\(fault.line): expected \(fault.expected), found \(fault.actual)")
    }
    if contents.unfinished > 0 { print("\(contents.unfinished) bytes of an unfinished line at the end") }
    guard contents.faults.isEmpty else { throw ExitCode.failure }
    guard let first = contents.records.first, let last = contents.records.last, let digest = contents.lastDigest else {
      return print("no records")
    }
    print("records \(first.sequence) to \(last.sequence) are whole; the last is sha256:\(digest)")
  }
}

/// `wardctl denials codes`: what the codes mean.
struct DenialsCodesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "codes", abstract: "List the codes and their causes.")

  static let causes: [(code: String, cause: String)] =
    AttestationCode.allCases.map { ($0.rawValue, $0.cause) } + ViolationCode.allCases.map { ($0.rawValue, $0.cause) }

  static func cause(of code: ByteString) -> String? { causes.first { ByteString($0.code) == code }?.cause }

  func run() {
    TextTable(headings: ["CODE", "CAUSE"], rows: Self.causes.map { [$0.code, $0.cause] }).print()
  }
}

extension DecisionRecord {
  fileprivate func row(withDecision: Bool) -> [String] {
    let first = violations.first
    let place = first.map { $0.pointer.isEmpty ? "" : "\($0.pointer): " } ?? ""
    let reason = first.map { "expected \($0.expected), found \($0.actual)" } ?? "-"
    let id = container.count > 20 ? String(container.description.prefix(17)) + "..." : container.description
    return ["\(sequence)", String(time.description.prefix(19)) + "Z"] + (withDecision ? [outcome.rawValue] : [])
      + [verb.description, id, entry?.description ?? "-", first?.code.description ?? "-", place + reason]
  }
}
