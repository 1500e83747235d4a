public import Bytes
public import DecisionLog
public import StrictJSON

/// Records as log records of OpenTelemetry, in the JSON encoding of its protocol (OTLP 1.x, ExportLogsServiceRequest).
public enum OpenTelemetry {
  /// One request with all of them.
  public static func export(_ records: [DecisionRecord], host: ByteString?) -> JSONValue {
    var resource: [JSONValue] = [attribute("service.name", "ward")]
    if let host { resource.append(attribute("host.name", host)) }
    return [
      "resourceLogs": [
        [
          "resource": ["attributes": .array(resource)],
          "scopeLogs": [["scope": ["name": "ward.decisions"], "logRecords": .array(records.map(record))]],
        ]
      ]
    ]
  }

  private static func record(_ record: DecisionRecord) -> JSONValue {
    let reason = record.violations.first
    var attributes: [JSONValue] = [
      attribute("ward.record", ByteString("\(record.sequence)")),
      attribute("ward.decision", ByteString(record.outcome.rawValue)), attribute("ward.verb", record.verb),
      attribute("container.id", record.container),
    ]
    for (key, value) in [
      ("ward.entry", record.entry), ("k8s.pod.name", record.pod?.split(UInt8(ascii: "/")).last),
      ("k8s.namespace.name", record.pod?.splitFirst(UInt8(ascii: "/"))?.0), ("ward.code", reason?.code),
      ("ward.pointer", reason?.pointer), ("ward.expected", reason?.expected), ("ward.actual", reason?.actual),
      ("ward.policy", record.policy.map { $0.name + ByteString("@\($0.version)") }),
    ] as [(ByteString, ByteString?)] {
      if let value { attributes.append(attribute(key, value)) }
    }
    return [
      "timeUnixNano": .string(ByteString("\(RecordTime(record.time)?.nanoseconds ?? 0)")),
      // 9 is INFO, 13 WARN (OpenTelemetry's severity numbers).
      "severityNumber": record.outcome == .admit ? 9 : 13,
      "severityText": record.outcome == .admit ? "INFO" : "WARN",
      "body": ["stringValue": .string(ByteString(record.summary))], "attributes": .array(attributes),
    ]
  }

  private static func attribute(_ key: ByteString, _ value: ByteString) -> JSONValue {
    ["key": .string(key), "value": ["stringValue": .string(value)]]
  }
}

/// A time of the log in numbers.
struct RecordTime {
  /// Since 1970-01-01T00:00:00Z.
  let nanoseconds: Int64

  var seconds: Int64 { nanoseconds / 1_000_000_000 }

  /// Reads RFC 3339 in UTC, with or without a fraction.
  init?(_ text: ByteString) {
    let bytes = text.bytes
    func number(_ range: Range<Int>) -> Int64? {
      guard range.upperBound <= bytes.count else { return nil }
      var value: Int64 = 0
      for byte in bytes[range] {
        guard (0x30...0x39).contains(byte) else { return nil }
        value = value * 10 + Int64(byte - 0x30)
      }
      return value
    }
    guard bytes.count >= 20, bytes.last == UInt8(ascii: "Z"), let year = number(0..<4), let month = number(5..<7),
      let day = number(8..<10), let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
      (1...12).contains(month), (1...31).contains(day)
    else { return nil }
    // Days from a civil date, by counting years from March.
    let shifted = month <= 2 ? year - 1 : year
    let era = shifted / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let days = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    var fraction: Int64 = 0
    if bytes[19] == UInt8(ascii: ".") {
      let digits = bytes[20..<bytes.count - 1].prefix(9)
      guard let value = number(20..<20 + digits.count) else { return nil }
      fraction = (digits.count..<9).reduce(value) { value, _ in value * 10 }
    }
    nanoseconds = (days * 86400 + hour * 3600 + minute * 60 + second) * 1_000_000_000 + fraction
  }
}

extension DecisionRecord {
  /// What happened, in one line.
  public var summary: String {
    switch outcome {
    case .admit: return "\(verb) \(entry ?? container): admitted"
    case .counted: return "\(counts.values.reduce(0, +)) more commands denied since \(since ?? "-")"
    case .deny, .found:
      guard let first = violations.first else { return "\(verb) \(entry ?? container): denied" }
      let place = first.pointer.isEmpty ? "" : " at \(first.pointer)"
      return "\(verb) \(entry ?? container): \(first.code)\(place): expected \(first.expected), got \(first.actual)"
    }
  }
}
