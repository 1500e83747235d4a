internal import ArgumentParser
internal import Bytes
internal import DecisionLog
internal import Denials
internal import StrictJSON

/// `wardctl denials show`: everything that is known of one decision.
struct DenialsShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show one decision in full.",
    discussion:
      "With --request the command itself, as far as the record holds it: values that may be secret are not there.")

  @OptionGroup var log: LogOptions
  @Argument(help: ArgumentHelp("The number of the record.", valueName: "record")) var record: UInt64
  @Flag(help: "Print the command that was decided on.") var request = false
  @Flag(help: "Print JSON.") var json = false

  func run() throws {
    let found = try log.record(record)
    if request {
      guard let text = found.request else {
        throw CommandFailure(description: "record \(record) does not hold its command")
      }
      return JSONOutput.print(try StrictJSON.parse(text.bytes, named: "record \(record)"))
    }
    guard !json else { return JSONOutput.print(found.json) }
    let policy = found.policy.map { "\($0.name)@\($0.version) (\($0.mode)) sha256:\($0.digest)" } ?? "none was attested"
    print("record     \(found.sequence)")
    print("time       \(found.time)")
    print("command    \(found.verb) \(found.container)")
    if let pod = found.pod { print("pod        \(pod)") }
    print("entry      \(found.entry?.description ?? "-")")
    print("policy     \(policy)")
    print("decision   \(found.outcome.rawValue)")
    if found.outcome == .counted {
      print("since      \(found.since ?? "-")")
      for (name, count) in found.counts.sorted(by: { $0.key < $1.key }) { print("  \(count) times  \(name)") }
    }
    for violation in found.violations {
      print("")
      print("  \(violation.code)\(violation.pointer.isEmpty ? "" : " at \(violation.pointer)")")
      if let page = CodePage.named(violation.code.description) { print("    cause     \(page.cause)") }
      print("    expected  \(violation.expected)")
      print("    found     \(violation.actual)")
    }
    if found.omitted > 0 { print("\n  and \(found.omitted) further violations") }
    if found.outcome == .deny {
      print("\nwardctl denials explain \(record) says more; suggest \(record) what would admit it")
    }
  }
}
