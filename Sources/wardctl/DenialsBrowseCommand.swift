internal import ArgumentParser
internal import Bytes
internal import DecisionLog
internal import Denials
internal import Linux

/// `wardctl denials browse`: the log in a terminal, by keys.
struct DenialsBrowseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "browse", abstract: "Look through the log in a terminal, while it grows.",
    discussion: "Keys: j and k move, Enter opens, / searches, t counts, ? tells the others, q leaves.")

  @OptionGroup var log: LogOptions

  /// The alternate screen, without a cursor; the way back.
  private static let enter = "\u{1B}[?1049h\u{1B}[?25l"
  private static let leave = "\u{1B}[?25h\u{1B}[?1049l"

  func run() throws {
    guard CurrentProcess.isTerminal(0), CurrentProcess.isTerminal(1) else {
      throw CommandFailure(description: "browse needs a terminal: use list, show or report")
    }
    var filter = RecordFilter()
    filter.outcomes = [.deny, .found, .counted]
    let file = try log.file()
    var state = BrowseState()
    // From here on the follower tells what is added; what comes twice is dropped by its number.
    var follower = file.paths.last.map { LogFollower(path: $0) }
    try follower?.skip()
    let known = try RecordQuery(file, filter).records
    state.add(known)
    var last = known.last?.sequence ?? 0
    let input = FileDescriptor(owning: 0)
    let mode = try input.makeRaw()
    try StandardStream.output.write(Self.enter)
    var shown = ""
    do {
      while !state.isDone {
        let columns = max(40, CurrentProcess.terminalColumns(1) ?? 80)
        let rows = max(6, CurrentProcess.terminalRows(1) ?? 24)
        let screen = Self.text(state.screen(rows: rows, columns: columns))
        if screen != shown {
          try StandardStream.output.write(screen)
          shown = screen
        }
        var entries = [PollEntry(0, .input)]
        if try PollEntry.wait(&entries, milliseconds: 250) {
          let bytes = try input.read(atMost: 256)
          // The end of the input is a terminal that is gone.
          if bytes.isEmpty || bytes.contains(0x03) || bytes.contains(0x04) { break }
          for key in BrowseKey.keys(bytes) { state.take(key, rows: rows) }
        } else if state.isFollowing, let more = try follower?.next() {
          state.add(more.filter { $0.sequence > last })
          last = max(last, more.last?.sequence ?? 0)
        }
      }
    } catch {
      try Self.restore(input, mode)
      _ = input.release()
      throw error
    }
    try Self.restore(input, mode)
    _ = input.release()
  }

  private static func restore(_ input: borrowing FileDescriptor, _ mode: TerminalMode) throws {
    try StandardStream.output.write(leave)
    try input.restore(mode)
  }

  /// The lines from the top left, each with its end cleared; the last without a line feed, so that nothing scrolls.
  private static func text(_ lines: [BrowseState.Line]) -> String {
    let isPlain = !(CurrentProcess.variable("NO_COLOR")?.isEmpty ?? true)
    let rows = lines.map { line in
      line.isMarked && !(isPlain && line.text.isEmpty)
        ? "\u{1B}[7m\(line.text)\u{1B}[K\u{1B}[0m" : "\(line.text)\u{1B}[K"
    }
    return "\u{1B}[H" + rows.joined(separator: "\r\n")
  }
}
