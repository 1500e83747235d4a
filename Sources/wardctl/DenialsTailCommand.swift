internal import ArgumentParser
internal import Bytes
internal import DecisionLog
internal import Denials
internal import Linux
internal import StrictJSON

/// `wardctl denials tail`: the newest refusals, and those that come.
struct DenialsTailCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tail", abstract: "Show the newest refusals; with --follow also those that come.",
    discussion: """
      Example:
        wardctl denials tail --follow --pod inference/embeddings-0
      """)

  @OptionGroup var log: LogOptions
  @OptionGroup var filter: FilterOptions
  @Flag(name: .shortAndLong, help: "Go on until interrupted.") var follow = false
  @Option(name: .shortAndLong, help: ArgumentHelp("How many of the newest.", valueName: "count")) var number = 10
  @Flag(help: "Print a JSON object a line.") var json = false

  func run() throws {
    let file = try log.file()
    let filter = try filter.filter()
    for record in try RecordQuery(file, filter, last: number).records { try show(record) }
    guard follow, let path = file.paths.last else { return }
    var follower = LogFollower(path: path)
    try follower.skip()
    while true {
      for record in try follower.next() where filter.matches(record) { try show(record) }
      try Pause.wait(milliseconds: 200)
    }
  }

  private func show(_ record: DecisionRecord) throws {
    let line =
      json
      ? String(decoding: CanonicalJSON.encode(record.json), as: UTF8.self)
      : "\(record.time.description.prefix(19))Z \(record.sequence) \(record.summary)"
    try StandardStream.output.write(line + "\n")
  }
}
