internal import ArgumentParser
internal import Bytes
internal import DecisionLog
internal import Denials
internal import Linux

/// Which records are asked for; each option can be repeated, and any of its values will do.
struct FilterOptions: ParsableArguments {
  @Flag(help: "Also what was admitted.") var all = false
  @Option(help: ArgumentHelp("With this code, such as WARD-ENV-UNEXPECTED.", valueName: "code")) var code: [String] = []
  @Option(help: ArgumentHelp("Of the container with this id, or beginning of one.", valueName: "id"))
  var container: [String] = []
  @Option(help: ArgumentHelp("Of this command, such as exec.", valueName: "verb")) var verb: [String] = []
  @Option(help: ArgumentHelp("Of this entry of the policy.", valueName: "name")) var entry: [String] = []
  @Option(help: ArgumentHelp("Of this pod.", valueName: "[namespace/]name")) var pod: [String] = []
  @Option(help: ArgumentHelp("Not before this time: RFC 3339, or 90s, 10m, 2h, 3d ago.", valueName: "time"))
  var since: String?
  @Option(help: ArgumentHelp("Before this time.", valueName: "time")) var until: String?
  @Option(help: ArgumentHelp("With this text somewhere in reasons, places and names.", valueName: "text"))
  var grep: String?

  func filter() throws -> RecordFilter {
    var filter = RecordFilter()
    filter.outcomes = all ? [.deny, .found, .admit, .counted] : [.deny, .found, .counted]
    filter.codes = code.map { name in ByteString(CodePage.named(name)?.code ?? name) }
    if !code.isEmpty || !container.isEmpty || !verb.isEmpty || !entry.isEmpty || !pod.isEmpty || grep != nil {
      filter.outcomes.remove(.counted)
    }
    filter.containers = container.map { ByteString($0) }
    filter.verbs = verb.map { ByteString($0) }
    filter.entries = entry.map { ByteString($0) }
    filter.pods = pod.map { ByteString($0) }
    filter.since = try since.map { try Self.time($0, "--since") }
    filter.until = try until.map { try Self.time($0, "--until") }
    filter.text = grep.map { ByteString($0) }
    return filter
  }

  /// RFC 3339 as it is; an age is counted from now.
  static func time(_ text: String, _ option: String) throws -> ByteString {
    let units: [(Character, Int64)] = [("s", 1), ("m", 60), ("h", 3600), ("d", 86400)]
    if let unit = units.first(where: { text.last == $0.0 }),
      let count = Int64(decimal: ByteString(String(text.dropLast()))),
      (0...10_000_000).contains(count)
    {
      let now = try Timestamp.now()
      return ByteString(Timestamp(seconds: now.seconds - count * unit.1, nanoseconds: 0).rfc3339)
    }
    let bytes = Array(text.utf8)
    guard bytes.count >= 4, bytes[..<4].allSatisfy({ (0x30...0x39).contains($0) }) else {
      throw ValidationError("\(option): expected a time such as 2026-11-21T10:00:00Z, or 2h, found \"\(text)\"")
    }
    return ByteString(text)
  }
}
