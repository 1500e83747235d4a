internal import ArgumentParser
internal import Bytes
internal import DecisionLog
internal import Denials
internal import Linux
internal import StrictJSON

/// `wardctl denials export`: records for other systems.
struct DenialsExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write records for other systems.",
    discussion: """
      otlp is a request of OpenTelemetry's logs protocol in JSON, cef a line of syslog (RFC 5424) with an event of the \
      Common Event Format for each record, prometheus the counters for the textfile collector of a node exporter.

      Examples:
        wardctl denials export --format otlp --since 1h | curl --json @- http://collector:4318/v1/logs
        wardctl denials export --format prometheus > /var/lib/node_exporter/ward.prom
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable { case otlp, cef, prometheus }

  @OptionGroup var log: LogOptions
  @OptionGroup var filter: FilterOptions
  @Option(help: ArgumentHelp("otlp, cef or prometheus.", valueName: "format")) var format: Format
  @Option(help: ArgumentHelp("The name of the node.", valueName: "name")) var host: String?

  func run() throws {
    var wanted = try filter.filter()
    let host = host.map { ByteString($0) }
    switch format {
    case .otlp:
      let records = try RecordQuery(try log.file(), wanted).records
      try StandardStream.output.write(
        String(decoding: JSONWriter.encode(OpenTelemetry.export(records, host: host)), as: UTF8.self) + "\n")
    case .cef:
      for record in try RecordQuery(try log.file(), wanted).records {
        try StandardStream.output.write(CommonEventFormat.line(record, host: host) + "\n")
      }
    case .prometheus:
      wanted.outcomes = [.admit, .deny, .counted]
      var metrics = Metrics()
      for record in try RecordQuery(try log.file(), wanted).records { metrics.add(record) }
      try StandardStream.output.write(metrics.text)
    }
  }
}
