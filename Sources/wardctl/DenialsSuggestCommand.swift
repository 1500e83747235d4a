internal import ArgumentParser
internal import Bytes
internal import DecisionLog
internal import Denials
internal import Policy
internal import PolicyAnalysis
internal import PolicyAuthoring
internal import StrictJSON

/// `wardctl denials suggest`: the smallest change of the policy that admits a refused command.
struct DenialsSuggestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "suggest", abstract: "Write the smallest change of a policy that admits a refused command.",
    discussion: """
      The change is a patch to lay over the author's YAML (RFC 7396: null takes out). It was tried: the policy with it \
      admits the command. Below it stands what lint says of it, and what else is admitted or denied then. Whether the \
      command should be admitted is another question.

      A container of an image that no entry has gets an entry of its own, and so does the process of an exec whose \
      arguments are those of none.

      Exit status: 0 there is a change, 1 no change of its text admits it, 2 a value is needed that the record \
      does not hold, 3 something could not be read, 64 the command line was wrong.

      Example:
        wardctl denials suggest 18 --policy policy.yaml --value API_KEY=example
        wardctl denials suggest 18 --policy policy.yaml --write
      """)

  @OptionGroup var options: CommandOptions
  @Option(help: ArgumentHelp("The author's policy.", valueName: "policy.yaml")) var policy: String
  @Flag(help: "Give the container that is made an entry of its own, in place of a change of the closest one.")
  var newEntry = false
  @Flag(
    name: .shortAndLong,
    help: "Write the change into the policy's file, in the form of wardctl policy fmt; comments stay where they are.")
  var write = false
  @Flag(help: "Print JSON.") var json = false
  @Argument(help: ArgumentHelp("The number of the record.", valueName: "record")) var record: UInt64

  func run() throws {
    let suggestion: Suggestion
    do {
      suggestion = try suggest()
    } catch let problem as Suggestion.Problem {
      try StandardStream.error.write("\(problem)\n")
      switch problem {
      case .admitted, .notAdmittable, .noEntry: throw ExitCode(1)
      case .valueNeeded: throw ExitCode(2)
      case .command, .source: throw ExitCode(3)
      }
    } catch {
      try StandardStream.error.write("\(error)\n")
      throw ExitCode(3)
    }
    guard !json else { return JSONOutput.print(suggestion.json) }
    print(suggestion.text, terminator: "")
    for step in suggestion.steps {
      print("# for \(step.violation)")
      if !step.inherited.isEmpty {
        print("#   also for \(step.inherited.map(\.description).joined(separator: ", ")), which states none of its own")
      }
    }
    if suggestion.findings.isEmpty { print("# lint: nothing to say") }
    for finding in suggestion.findings {
      print("# lint: \(finding.code.map { $0.rawValue + ": " } ?? "")\(finding.message)")
    }
    if write { print("# written to \(policy)") }
    for difference in suggestion.comparison.differences {
      print("# \(difference.field): \(difference.kind.rawValue): \(difference.old) -> \(difference.new)")
    }
  }
}

extension DenialsSuggestCommand {
  private func suggest() throws -> Suggestion {
    let file = try EditedFile(policy, limit: PolicySource.sizeLimit + 1)
    let text = try PolicyText(file.contents, policy)
    let isWithoutImages = options.images.noImages
    let lock = isWithoutImages ? nil : try text.lock(options.images.images)
    let command = try options.command(try options.log.record(record))
    func compile(_ source: PolicySource) throws(SourceMessage) -> Policy {
      try isWithoutImages ? source.compileWithoutImages().policy : source.compile(images: lock).policy
    }
    let suggestion = try Suggestion(
      for: command, in: text.source, surroundings: options.surroundings(of: command), images: lock,
      isNewEntry: newEntry, compile: compile)
    guard write else { return suggestion }
    let changed = try suggestion.text(of: text.source)
    // What is written is what was tried.
    let written = try compile(try PolicySource(Array(changed.utf8), named: policy))
    guard written.canonicalBundle() == suggestion.policy.canonicalBundle() else {
      throw CommandFailure(
        description: "\(policy): the text with the change would be another policy; nothing is written")
    }
    try file.replace(with: Array(changed.utf8))
    return suggestion
  }
}

extension Suggestion {
  var json: JSONValue {
    [
      "patch": patch, "yaml": .string(ByteString(text)),
      "steps": .array(steps.map { ["violation": $0.violation.json, "place": .string($0.place.text)] }),
      "lint": .array(findings.map { .string(ByteString($0.message)) }),
      "differences": .array(
        comparison.differences.map { difference in
          [
            "field": .string(difference.field.text), "kind": .string(ByteString(difference.kind.rawValue)),
            "direction": .string(ByteString(difference.direction.rawValue)),
            "old": .string(ByteString(difference.old)), "new": .string(ByteString(difference.new)),
          ]
        }),
    ]
  }
}
