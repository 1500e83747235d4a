public import Bytes
public import DecisionLog

/// Records as lines of syslog (RFC 5424) with an event of ArcSight's Common Event Format in each.
public enum CommonEventFormat {
  /// One line, without a line feed.
  public static func line(_ record: DecisionRecord, host: ByteString?) -> String {
    // Facility 10 (authorization), severity 4 (warning) or 6 (informational).
    let priority = 10 * 8 + (record.outcome == .admit ? 6 : 4)
    return "<\(priority)>1 \(record.time) \(host ?? "-") ward - \(record.outcome.rawValue) - \(event(record))"
  }

  /// `CEF:0|vendor|product|version|id|name|severity|extension`.
  static func event(_ record: DecisionRecord) -> String {
    let reason = record.violations.first
    let code = reason?.code.description ?? "WARD-\(record.outcome.rawValue.uppercased())"
    let name = CodePage.named(code)?.cause ?? record.outcome.rawValue
    var fields: [(String, String)] = [
      ("externalId", "\(record.sequence)"), ("act", record.outcome.rawValue), ("cs1Label", "verb"),
      ("cs1", record.verb.description), ("cs2Label", "container"), ("cs2", record.container.description),
    ]
    if let entry = record.entry { fields += [("cs3Label", "entry"), ("cs3", entry.description)] }
    if let pod = record.pod { fields += [("cs4Label", "pod"), ("cs4", pod.description)] }
    if let reason { fields += [("cs5Label", "pointer"), ("cs5", reason.pointer.description)] }
    if record.outcome == .counted { fields.append(("cnt", "\(record.counts.values.reduce(0, +))")) }
    fields.append(("msg", record.summary))
    let extensions = fields.map { "\($0.0)=\(escaped($0.1, "="))" }.joined(separator: " ")
    let severity = record.outcome == .admit ? 1 : 7
    return "CEF:0|Ward|ward|1|\(escaped(code, "|"))|\(escaped(name, "|"))|\(severity)|\(extensions)"
  }

  private static func escaped(_ text: String, _ mark: Character) -> String {
    String(
      text.flatMap { character -> [Character] in
        character == mark || character == "\\" ? ["\\", character] : [character]
      })
  }
}
