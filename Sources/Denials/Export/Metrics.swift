internal import Bytes
public import DecisionLog

/// Counters in the text format of Prometheus, for the textfile collector of a node exporter.
public struct Metrics: Sendable {
  private var admitted: [ByteString: UInt64] = [:]
  private var denied: [Labels: UInt64] = [:]
  private var last: (sequence: UInt64, time: ByteString)?
  private var total: UInt64 = 0

  private struct Labels: Hashable, Comparable {
    let verb: ByteString
    let code: ByteString

    static func < (left: Labels, right: Labels) -> Bool { (left.verb, left.code) < (right.verb, right.code) }
  }

  /// Nothing so far.
  public init() {}

  /// Takes one record more.
  public mutating func add(_ record: DecisionRecord) {
    total = max(total, record.denied)
    last = (record.sequence, record.time)
    switch record.outcome {
    case .admit: admitted[record.verb, default: 0] += 1
    // A gauge of denials does not count it; alerts on findings go by the records.
    case .found: break
    case .deny: denied[Labels(verb: record.verb, code: record.violations.first?.code ?? "-"), default: 0] += 1
    case .counted:
      for (name, count) in record.counts {
        let parts = name.split(UInt8(ascii: " "))
        denied[Labels(verb: parts.first ?? "-", code: parts.last ?? "-"), default: 0] += count
      }
    }
  }

  /// The text. Counts by code are those of the lines that there are; `ward_denied_total` also counts what rotation took.
  public var text: String {
    var lines = [
      "# HELP ward_denied_total Commands denied since the decision log began.", "# TYPE ward_denied_total counter",
      "ward_denied_total \(total)",
      "# HELP ward_denials Commands denied, of the records that the log holds.", "# TYPE ward_denials gauge",
    ]
    lines += denied.sorted { $0.key < $1.key }.map {
      "ward_denials{verb=\"\(Self.label($0.key.verb))\",code=\"\(Self.label($0.key.code))\"} \($0.value)"
    }
    lines += [
      "# HELP ward_admissions Commands admitted, of the records that the log holds.", "# TYPE ward_admissions gauge",
    ]
    lines += admitted.sorted { $0.key < $1.key }.map { "ward_admissions{verb=\"\(Self.label($0.key))\"} \($0.value)" }
    if let last {
      lines += [
        "# HELP ward_last_record Number of the newest record.", "# TYPE ward_last_record counter",
        "ward_last_record \(last.sequence)",
        "# HELP ward_last_decision_timestamp_seconds When it was made.",
        "# TYPE ward_last_decision_timestamp_seconds gauge",
        "ward_last_decision_timestamp_seconds \(RecordTime(last.time)?.seconds ?? 0)",
      ]
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func label(_ text: ByteString) -> String {
    text.description.flatMap { character -> [Character] in
      character == "\"" || character == "\\" ? ["\\", character] : [character]
    }.reduce(into: "") { $0.append($1) }
  }
}
