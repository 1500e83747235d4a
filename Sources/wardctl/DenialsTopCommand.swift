internal import ArgumentParser
internal import Bytes
internal import DecisionLog
internal import Denials
internal import StrictJSON

/// `wardctl denials top`: what is refused most.
struct DenialsTopCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "top", abstract: "Count refusals by code, container, entry, verb, pod or policy.",
    discussion: """
      Examples:
        wardctl denials top
        wardctl denials top --by pod --since 1d
      """)

  @OptionGroup var log: LogOptions
  @OptionGroup var filter: FilterOptions
  @Option(help: ArgumentHelp("code, container, entry, verb, pod or policy.", valueName: "key")) var by: KeyOption =
    .code
  @Option(help: ArgumentHelp("At most so many groups.", valueName: "count")) var limit = 20
  @Flag(help: "Print JSON.") var json = false

  enum KeyOption: String, ExpressibleByArgument, CaseIterable { case code, container, entry, verb, pod, policy }

  func run() throws {
    var tally = Tally(by: Tally.Key(rawValue: by.rawValue) ?? .code)
    for record in try RecordQuery(try log.file(), try filter.filter()).records { tally.add(record) }
    let groups = tally.groups.prefix(max(0, limit))
    if json {
      JSONOutput.print(
        .array(
          groups.map { group in
            [
              ByteString(by.rawValue): .string(group.name), "count": JSONValue(group.count),
              "first": .string(group.first), "last": .string(group.last), "record": JSONValue(group.example),
            ]
          }.map { JSONValue.object(JSONObject($0)) }))
    } else if groups.isEmpty {
      print("nothing was refused")
    } else {
      TextTable(
        headings: ["COUNT", "LAST", "RECORD", by.rawValue.uppercased()],
        rows: groups.map {
          ["\($0.count)", String($0.last.description.prefix(19)) + "Z", "\($0.example)", $0.name.description]
        }
      ).print()
    }
  }
}
