internal import ArgumentParser
internal import Bytes
internal import DecisionLog
internal import Denials
internal import Linux
internal import NodeConfiguration
internal import Policy
internal import PolicyAuthoring
internal import StrictJSON

/// `wardctl denials explain`: a code's page, or a refusal beside the lines of the policy that it is about.
struct DenialsExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Explain a refusal, or a code.",
    discussion: """
      A record is held against each entry of the policy again, with the evaluator of the runtime. With the author's YAML \
      each violation stands beside the line that it is about.

      Examples:
        wardctl denials explain WARD-MOUNT-SOURCE
        wardctl denials explain 18 --policy policy.yaml
      """)

  @OptionGroup var options: CommandOptions
  @Option(help: ArgumentHelp("The policy, YAML or bundle; this node's where none is stated.", valueName: "policy"))
  var policy: String?
  @Flag(help: "Print JSON.") var json = false
  @Argument(help: ArgumentHelp("The number of a record, or a code.", valueName: "record|code")) var what: String

  func run() throws {
    guard let number = UInt64(decimal: ByteString(what)) else { return try explain(code: what) }
    let record = try options.log.record(number)
    let path = policy ?? NodePaths.policy.description
    let compiled = try options.images.policy(path)
    let source = try PolicyText.source(path)
    let explanation: RecordExplanation
    do {
      explanation = try RecordExplanation(record, options.replay(record, compiled), compiled, source)
    } catch let problem as HeldCommand.Problem {
      explanation = RecordExplanation(record, compiled, source, because: problem)
    }
    if json { JSONOutput.print(explanation.json) } else { print(explanation.text, terminator: "") }
  }

  private func explain(code: String) throws {
    guard let page = CodePage.named(code) else {
      throw CommandFailure(description: "no code is called \"\(ByteString(code))\": see wardctl denials codes")
    }
    guard !json else { return JSONOutput.print(page.json) }
    print("\(page.code): \(page.cause)\n")
    for (title, text) in [("when", page.meaning), ("example", page.example), ("fix", page.fix)] {
      print(Self.wrapped(text, after: title))
    }
  }

  /// Text in lines of at most 100 characters behind a title.
  static func wrapped(_ text: String, after title: String) -> String {
    var lines: [String] = []
    var line = title + String(repeating: " ", count: max(1, 10 - title.utf8.count))
    for word in text.split(separator: " ") {
      if line.utf8.count + word.utf8.count > 98 {
        lines.append(line)
        line = "          "
      }
      line += (line.hasSuffix(" ") ? "" : " ") + word
    }
    return (lines + [line]).joined(separator: "\n")
  }
}
