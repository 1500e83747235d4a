internal import ArgumentParser
internal import Bytes
internal import DecisionLog
internal import Denials
internal import StrictJSON

/// `wardctl denials stats`: the log in a few numbers.
struct DenialsStatsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats", abstract: "Tell how much was decided, from when to when, and how often commands are refused.")

  @OptionGroup var log: LogOptions
  @Flag(help: "Print JSON.") var json = false

  func run() throws {
    var filter = RecordFilter()
    filter.outcomes = [.admit, .deny, .counted]
    let query = try RecordQuery(try log.file(), filter)
    let records = query.records
    let counted = records.flatMap(\.counts.values).reduce(0, +)
    let denied = UInt64(records.count { $0.outcome == .deny }) + counted
    let admitted = records.count { $0.outcome == .admit }
    let total = records.map(\.denied).max() ?? 0
    let repaired = records.count { $0.repaired > 0 }
    var codes = Tally(by: .code)
    for record in records { codes.add(record) }
    let top = codes.groups.first
    guard !json else {
      return JSONOutput.print([
        "records": JSONValue(records.count), "admitted": JSONValue(admitted), "denied": JSONValue(denied),
        "countedInFloods": JSONValue(counted), "deniedSinceTheBeginning": JSONValue(total),
        "repairs": JSONValue(repaired), "first": records.first.map { .string($0.time) } ?? .null,
        "last": records.last.map { .string($0.time) } ?? .null, "topCode": top.map { .string($0.name) } ?? .null,
      ])
    }
    guard let first = records.first, let last = records.last else { return print("nothing was decided") }
    print("records    \(records.count), numbers \(first.sequence) to \(last.sequence)")
    print("time       \(first.time) to \(last.time)")
    print("admitted   \(admitted)")
    print("denied     \(denied), of these \(counted) counted in floods")
    print("           \(total) since the log began, with what rotation has taken")
    if let top { print("most       \(top.name), \(top.count) times, last in record \(top.example)") }
    if repaired > 0 { print("repairs    \(repaired): lines that a crash left unfinished") }
  }
}
