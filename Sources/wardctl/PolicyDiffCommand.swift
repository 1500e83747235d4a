internal import ArgumentParser
internal import Bytes
internal import Linux
internal import Policy
internal import PolicyAnalysis
internal import PolicyAuthoring
internal import StrictJSON

/// `wardctl policy diff`: what a new policy admits that the old one denies, and the other way round.
struct PolicyDiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff", abstract: "Compare what two policies admit.",
    discussion: """
      Each difference has a field of the bundle and a command that shows it: one policy admits it and the other denies \
      it, or both admit it and it does something else. Both policies were evaluated on every command that is shown. \
      Where none was found, the difference is undecided.

      Exit status: 0 the policies admit the same, 1 the new one admits less, 2 it admits something more or something \
      else or a difference is undecided, 3 a policy could not be read, 64 the command line was wrong.
      """)

  @OptionGroup var images: ImageOptions
  @Flag(help: "Print JSON.") var json = false
  @Argument(help: ArgumentHelp("The old policy: YAML or a bundle.", valueName: "old")) var old: String
  @Argument(help: ArgumentHelp("The new policy: YAML or a bundle.", valueName: "new")) var new: String

  func run() throws {
    let comparison: PolicyComparison
    do {
      comparison = PolicyComparison(old: try images.policy(old), new: try images.policy(new))
    } catch {
      try StandardStream.error.write("\(error)\n")
      throw ExitCode(3)
    }
    if json {
      JSONOutput.print([
        "verdict": .string(ByteString(comparison.verdict.rawValue)),
        "differences": .array(comparison.differences.map(\.json)),
      ])
    } else {
      for difference in comparison.differences { print(difference.text) }
      print("the new policy is \(comparison.verdict.text)")
    }
    throw comparison.verdict.exitCode
  }
}

extension PolicyComparison.Verdict {
  fileprivate var exitCode: ExitCode {
    switch self {
    case .equal: ExitCode(0)
    case .narrower: ExitCode(1)
    case .wider: ExitCode(2)
    }
  }

  fileprivate var text: String {
    switch self {
    case .equal: "equal: both admit the same"
    case .narrower: "narrower: it admits nothing that the old one denies"
    case .wider: "wider, or not comparable"
    }
  }
}

extension Difference {
  fileprivate var text: String {
    let title =
      switch kind {
      case .admitted: "newly admitted"
      case .denied: "newly denied"
      case .changed: "does something else"
      case .undecided: "undecided, counted as wider"
      }
    var lines = ["\(field): \(title)", "  old      \(old)", "  new      \(new)"]
    if let witness {
      lines.append("  witness  \(witness.summary)")
      if !witness.containers.isEmpty {
        let running = witness.containers.map { "\($0.id) of \($0.entry)" }.joined(separator: ", ")
        lines.append("    while there run \(running)")
      }
      for (entry, count) in witness.launches.sorted(by: { $0.key < $1.key }) {
        lines.append("    after \(count) launches of \(entry)")
      }
      if let document = witness.document {
        lines.append("    \(ByteString(CanonicalJSON.encode(document)))")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  fileprivate var json: JSONValue {
    var object: JSONObject = [
      "kind": .string(ByteString(kind.rawValue)), "direction": .string(ByteString(direction.rawValue)),
      "field": .string(field.text), "old": .string(ByteString(old)), "new": .string(ByteString(new)),
    ]
    object["witness"] = witness?.json
    return .object(object)
  }
}

extension Witness {
  fileprivate var json: JSONValue {
    var object: JSONObject = [
      "command": .string(ByteString(command.verb)), "id": .string(id),
      "containers": .array(containers.map { ["id": .string($0.id), "entry": .string($0.entry)] }),
    ]
    if case .kill(let signal) = command { object["signal"] = JSONValue(signal) }
    if !launches.isEmpty { object["launches"] = .object(JSONObject(launches.mapValues { JSONValue($0) })) }
    object["document"] = document
    return .object(object)
  }
}
