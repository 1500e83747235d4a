internal import ArgumentParser
internal import Bytes
internal import DecisionLog
internal import Denials
internal import Policy
internal import PolicyAnalysis
internal import StrictJSON

/// `wardctl denials replay`: would another policy admit it?
struct DenialsReplayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay", abstract: "Say what another policy decides on a command of the log.",
    discussion: """
      Exit status: 0 admitted, 1 denied, 2 it depends on what the log does not hold, 3 something could not be \
      read, 64 the command line was wrong.

      Example:
        wardctl denials replay 18 --policy new.yaml --value API_KEY=example
      """)

  @OptionGroup var options: CommandOptions
  @Option(help: ArgumentHelp("The policy, YAML or bundle.", valueName: "policy")) var policy: String
  @Flag(help: "Print JSON.") var json = false
  @Argument(help: ArgumentHelp("The number of the record.", valueName: "record")) var record: UInt64

  func run() throws {
    let replay: Replay
    do {
      let record = try options.log.record(record)
      replay = try options.replay(record, options.images.policy(policy))
    } catch {
      try StandardStream.error.write("\(error)\n")
      throw ExitCode(3)
    }
    if json {
      JSONOutput.print([
        "verdict": .string(ByteString(replay.verdict.rawValue)), "explanation": replay.explanation.json,
        "undecided": .array(replay.uncertain.map { .string($0.pointer.text) }),
        "unknownNames": .array(replay.unknownNames.map { .string($0) }),
      ])
    } else {
      let entry = replay.explanation.evaluation.entry.map { " as \($0)" } ?? ""
      switch replay.verdict {
      case .admitted: print("record \(record): \(replay.trial.command.verb) would be admitted\(entry)")
      case .denied: print("record \(record): \(replay.trial.command.verb) would be denied\(entry)")
      case .undecided:
        print("record \(record): it depends on what the log does not hold")
      }
      for violation in replay.certain { print("  \(violation)") }
      for violation in replay.uncertain { print("  not known (--value, --argument or --document): \(violation)") }
      for name in replay.unknownNames { print("  not known (--name \(name)=VALUE): {\(name)} of the container") }
    }
    switch replay.verdict {
    case .admitted: return
    case .denied: throw ExitCode(1)
    case .undecided: throw ExitCode(2)
    }
  }
}
