internal import ArgumentParser
internal import Bytes
internal import DecisionLog
internal import Denials
internal import Linux
internal import StrictJSON

/// `wardctl denials list`: a line for each refusal.
struct DenialsListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List refused commands.",
    discussion: """
      Examples:
        wardctl denials list --since 2h
        wardctl denials list --pod inference/embeddings-7d9c6b5f4-x2x8q --code ENV-UNEXPECTED
        wardctl denials list --sort code --csv > denials.csv
      """)

  /// The forms beside the table.
  enum Form: String, EnumerableFlag { case json, csv }

  @OptionGroup var log: LogOptions
  @OptionGroup var filter: FilterOptions
  @Option(help: ArgumentHelp("Sort by record, time, code, container, verb or pod.", valueName: "key")) var sort:
    SortKey?
  @Flag(help: "The greatest, or newest, first.") var reverse = false
  @Option(help: ArgumentHelp("Only so many of the newest.", valueName: "count")) var last: Int?
  @Flag(exclusivity: .exclusive, help: "Print JSON, or comma-separated values.") var form: Form?

  enum SortKey: String, ExpressibleByArgument, CaseIterable { case record, time, code, container, verb, pod }

  func run() throws {
    let file = try log.file()
    var query = try RecordQuery(file, try filter.filter(), last: last)
    if sort != nil || reverse {
      query.sort(by: sort.flatMap { RecordQuery.Order(rawValue: $0.rawValue) } ?? .record, isDescending: reverse)
    }
    switch form {
    case .json: JSONOutput.print(.array(query.records.map(\.json)))
    case .csv: try Self.printCSV(query.records)
    case nil:
      if query.records.isEmpty {
        print(filter.all ? "nothing was decided" : "nothing was refused")
      } else {
        let decision = filter.all ? ["DECISION"] : []
        TextTable(
          headings: ["RECORD", "TIME"] + decision + ["VERB", "CONTAINER", "ENTRY", "CODE", "PLACE AND REASON"],
          rows: query.records.map { $0.row(withDecision: filter.all) }
        ).print()
      }
    }
    if let damage = query.damage {
      throw CommandFailure(description: "the log is damaged: \(damage); see wardctl denials verify")
    }
  }

  private static func printCSV(_ records: [DecisionRecord]) throws {
    var lines = ["record,time,decision,verb,container,pod,entry,code,pointer,expected,actual,further"]
    for record in records {
      let first = record.violations.first
      let further = UInt64(record.violations.dropFirst().count) + record.omitted
      lines.append(
        [
          "\(record.sequence)", record.time.description, record.outcome.rawValue, record.verb.description,
          record.container.description, record.pod?.description ?? "", record.entry?.description ?? "",
          first?.code.description ?? "", first?.pointer.description ?? "", first?.expected.description ?? "",
          first?.actual.description ?? "", "\(further)",
        ].map(field).joined(separator: ","))
    }
    try StandardStream.output.write(lines.map { $0 + "\r\n" }.joined())
  }

  /// RFC 4180. What a spreadsheet would take for a formula gets a quotation mark before it.
  private static func field(_ text: String) -> String {
    let isFormula = text.first.map { "=+-@".contains($0) } ?? false
    let safe = isFormula ? "'" + text : text
    guard safe.contains(where: { ",\"".contains($0) }) else { return safe }
    return "\"" + safe.flatMap { $0 == "\"" ? ["\"", "\""] : [$0] } + "\""
  }
}

extension DecisionRecord {
  /// The cells of a table.
  func row(withDecision: Bool) -> [String] {
    let first = violations.first
    let place = first.map { $0.pointer.isEmpty ? "" : "\($0.pointer): " } ?? ""
    var reason = first.map { "expected \($0.expected), found \($0.actual)" } ?? "-"
    if outcome == .counted { reason = summary }
    let id = container.count > 20 ? String(container.description.prefix(17)) + "..." : container.description
    return ["\(sequence)", String(time.description.prefix(19)) + "Z"] + (withDecision ? [outcome.rawValue] : [])
      + [verb.description, id, entry?.description ?? "-", first?.code.description ?? "-", place + reason]
  }
}
