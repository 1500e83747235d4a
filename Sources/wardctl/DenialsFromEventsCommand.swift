internal import ArgumentParser
internal import Bytes
internal import Denials
internal import Linux
internal import StrictJSON

/// `wardctl denials from-events`: refusals as the cluster tells of them.
struct DenialsFromEventsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "from-events", abstract: "Read refusals from Kubernetes events or a journal on standard input.",
    discussion: """
      No access to the node is needed. The texts come from the cluster, whom nobody here trusts: they say where to look, \
      and prove nothing.

      Examples:
        kubectl get events -A -o json | wardctl denials from-events
        kubectl get pods -A -o json | wardctl denials from-events
        journalctl -u containerd -o cat | wardctl denials from-events --json
      """)

  @Flag(help: "Print JSON.") var json = false
  @Flag(help: "Without cause and fix of each code.") var short = false

  func run() throws {
    let events = try ClusterEvents(try StandardStream.input.readToEnd(limit: 256 << 20))
    guard !json else {
      return JSONOutput.print(.array(events.refusals.map(\.json)))
    }
    guard !events.refusals.isEmpty else { return print("no refusal of ward in this text") }
    for (index, refusal) in events.refusals.enumerated() {
      let message = refusal.message
      if index > 0 { print("") }
      let times = refusal.count > 1 ? ", \(refusal.count) times" : ""
      print(
        "\(refusal.pod.map { $0 + ": " } ?? "")\(message.verb) \(message.container)\(times)\(refusal.last.isEmpty ? "" : ", last \(refusal.last)")"
      )
      print("  \(message.code)\(message.pointer.isEmpty ? "" : " at \(message.pointer)")")
      print("    expected  \(message.expected)")
      print("    got       \(message.actual)")
      if !short, let page = CodePage.named(message.code) {
        print("    cause     \(page.cause)")
        print(DenialsExplainCommand.wrapped(page.fix, after: "    fix").replacingIndent())
      }
      if message.further > 0 { print("    and \(message.further) more in the record") }
      print(
        "    policy \(message.policy ?? "none"), record \(message.record): on the node, wardctl denials explain \(message.record)"
      )
    }
  }
}

extension String {
  /// The title two columns further, as the lines beside it have it.
  fileprivate func replacingIndent() -> String {
    split(separator: "\n", omittingEmptySubsequences: false).enumerated().map { index, line in
      index == 0 ? "    fix       " + line.drop { $0 == " " }.dropFirst(3).drop { $0 == " " } : "    " + line
    }.joined(separator: "\n")
  }
}

extension ClusterEvents.Refusal {
  var json: JSONValue {
    var object: JSONObject = [
      "verb": .string(ByteString(message.verb)), "container": .string(ByteString(message.container)),
      "code": .string(ByteString(message.code)), "pointer": .string(ByteString(message.pointer)),
      "expected": .string(ByteString(message.expected)), "actual": .string(ByteString(message.actual)),
      "further": JSONValue(message.further), "record": JSONValue(message.record), "count": JSONValue(count),
      "last": .string(ByteString(last)),
    ]
    object["policy"] = message.policy.map { .string(ByteString($0)) }
    object["pod"] = pod.map { .string(ByteString($0)) }
    return .object(object)
  }
}
