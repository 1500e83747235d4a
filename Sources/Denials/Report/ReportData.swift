internal import Bytes
public import DecisionLog
internal import Linux
internal import StrictJSON

/// What a report shows: all denials counted, and the newest of them one by one.
public struct ReportData: Sendable {
  /// How many of the newest records stand in a report by themselves.
  public static let shown = 2000

  private var codes = Tally(by: .code)
  private var containers = Tally(by: .entry)
  private var pods = Tally(by: .pod)
  private var buckets: [Int64: UInt64] = [:]
  private var newest: [DecisionRecord] = []
  private var denied: UInt64 = 0
  private var admitted: UInt64 = 0
  private var first: ByteString?
  private var last: ByteString?

  /// Nothing so far.
  public init() {}

  /// Takes one record more, in the order of the log.
  public mutating func add(_ record: DecisionRecord) {
    if first == nil { first = record.time }
    last = record.time
    guard record.outcome != .admit else {
      admitted += 1
      return
    }
    codes.add(record)
    containers.add(record)
    pods.add(record)
    let count = record.outcome == .counted ? record.counts.values.reduce(0, +) : 1
    // What was found is shown among the refusals, and was none.
    if record.outcome != .found { denied += count }
    if let time = RecordTime(record.time) { buckets[time.seconds / 60, default: 0] += count }
    newest.append(record)
    if newest.count >= 2 * Self.shown { newest.removeFirst(newest.count - Self.shown) }
  }

  /// For the page: short keys, since there may be thousands of records.
  var json: JSONValue {
    func groups(_ tally: Tally) -> JSONValue {
      .array(
        tally.groups.prefix(50).map { group in
          [
            "name": .string(group.name), "count": JSONValue(group.count), "last": .string(group.last),
            "record": JSONValue(group.example),
          ]
        })
    }
    let records = newest.suffix(Self.shown)
    let used = Set(records.flatMap { $0.violations.map(\.code.description) } + codes.groups.map(\.name.description))
    var pages = JSONObject()
    for page in CodePage.all where used.contains(page.code) {
      pages[ByteString(page.code)] = ["cause": .string(ByteString(page.cause)), "fix": .string(ByteString(page.fix))]
    }
    return [
      "denied": JSONValue(denied), "admitted": JSONValue(admitted), "first": first.map { .string($0) } ?? .null,
      "last": last.map { .string($0) } ?? .null, "codes": groups(codes), "entries": groups(containers),
      "pods": groups(pods), "pages": .object(pages),
      "timeline": .array(buckets.sorted { $0.key < $1.key }.map { [JSONValue($0.key * 60), JSONValue($0.value)] }),
      "records": .array(records.reversed().map(row)),
    ]
  }

  private func row(_ record: DecisionRecord) -> JSONValue {
    var row: JSONObject = [
      "n": JSONValue(record.sequence), "t": .string(record.time), "v": .string(record.verb),
      "c": .string(record.container),
      "r": .array(
        record.violations.map {
          ["k": .string($0.code), "p": .string($0.pointer), "e": .string($0.expected), "a": .string($0.actual)]
        }),
    ]
    row["e"] = record.entry.map { .string($0) }
    row["d"] = record.pod.map { .string($0) }
    row["y"] = record.policy.map { .string($0.name + ByteString("@\($0.version)")) }
    row["o"] = record.omitted > 0 ? JSONValue(record.omitted) : nil
    if record.outcome == .counted { row["s"] = .string(ByteString(record.summary)) }
    return .object(row)
  }
}
