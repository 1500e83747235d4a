internal import ArgumentParser
internal import Bytes
internal import DecisionLog
internal import Denials
internal import Linux
internal import StrictJSON

/// `wardctl denials report`: one HTML file.
struct DenialsReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Draw a report: one HTML file that needs no network.",
    discussion: """
      Timeline, reasons, containers and pods count every refusal; the newest 2,000 records can be opened and filtered.

      Example:
        wardctl denials report --since 7d --output denials.html
      """)

  @OptionGroup var log: LogOptions
  @OptionGroup var filter: FilterOptions
  @Option(name: .shortAndLong, help: ArgumentHelp("Where to write it; - is the standard output.", valueName: "file"))
  var output = "-"
  @Option(help: ArgumentHelp("The heading.", valueName: "text")) var title = "Commands refused by Ward"

  func run() throws {
    var wanted = try filter.filter()
    if wanted.outcomes.contains(.counted) { wanted.outcomes.insert(.admit) }
    var data = ReportData()
    for record in try RecordQuery(try log.file(), wanted).records { data.add(record) }
    let page = ReportPage.html(data, title: title)
    guard output != "-" else { return try StandardStream.output.write(page) }
    let path = ByteString(output)
    try FileDescriptor.open(path.parentPath, [.readOnly, .directory])
      .replace(path.lastPathComponent, with: Array(page.utf8), mode: 0o644)
  }
}
