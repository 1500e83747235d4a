public import Bytes
public import DecisionLog
internal import Linux

/// Which records somebody asks for. Several values of one kind mean any of them; several kinds mean all of them.
public struct RecordFilter: Equatable, Sendable {
  /// By what came of the command; denials where nothing is stated.
  public var outcomes: Set<DecisionRecord.Outcome> = [.deny, .found]
  public var codes: [ByteString] = []
  public var containers: [ByteString] = []
  public var verbs: [ByteString] = []
  public var entries: [ByteString] = []
  /// `namespace/name` or `name`.
  public var pods: [ByteString] = []
  /// RFC 3339; times of the log compare as texts.
  public var since: ByteString?
  /// RFC 3339.
  public var until: ByteString?
  /// Somewhere in the codes, places, reasons, ids and names, in any case of letters.
  public var text: ByteString?

  /// Every denial.
  public init() {}

  /// Whether a record is asked for.
  public func matches(_ record: DecisionRecord) -> Bool {
    outcomes.contains(record.outcome) && (verbs.isEmpty || verbs.contains(record.verb))
      && (containers.isEmpty || containers.contains { record.container.hasPrefix($0) })
      && (entries.isEmpty || record.entry.map { entries.contains($0) } ?? false)
      && (pods.isEmpty || record.pod.map { pod in pods.contains { pod == $0 || pod.hasSuffix("/" + $0) } } ?? false)
      && (codes.isEmpty || record.violations.contains { codes.contains($0.code) })
      && (since.map { record.time >= $0 } ?? true) && (until.map { record.time < $0 } ?? true)
      && (text.map { record.mentions($0) } ?? true)
  }

  /// Parts of which one of each list must stand in a line: what has none of them is not read further. In canonical JSON
  /// a member stands in one form alone.
  var needles: [[[UInt8]]] {
    func members(_ key: String, _ values: [ByteString], isWhole: Bool = true) -> [[UInt8]] {
      // What would be escaped in a line cannot be looked for so.
      let isPlain = values.allSatisfy { $0.bytes.allSatisfy { $0 != 0x22 && $0 != 0x5C && (0x20...0x7E).contains($0) } }
      return isPlain ? values.map { Array("\"\(key)\":\"\($0)\(isWhole ? "\"" : "")".utf8) } : []
    }
    return [
      members("decision", outcomes.map { ByteString($0.rawValue) }), members("verb", verbs), members("code", codes),
      members("container", containers, isWhole: false), members("entry", entries),
    ].filter { !$0.isEmpty }
  }
}

extension RecordFilter {
  /// Whether a line may hold a record that is asked for, by its bytes alone: most lines are not read further. In canonical
  /// JSON a member stands in one form, and no text that is in a line looks like one.
  func mayMatch(_ line: Span<UInt8>, _ needles: [[[UInt8]]]) -> Bool {
    guard needles.allSatisfy({ list in list.contains { line.contains($0) } }) else { return false }
    guard since != nil || until != nil, let key = line.firstIndex(of: Self.timeKey) else { return true }
    let start = key + Self.timeKey.count
    // RFC 3339 with microseconds and Z: what is shorter the reader refuses.
    guard let length = line.extracting(start...).firstIndex(of: UInt8(ascii: "\"")) else { return true }
    let time = ByteString(line.extracting(start..<start + length).array)
    return (since.map { time >= $0 } ?? true) && (until.map { time < $0 } ?? true)
  }

  private static let timeKey = Array(#""time":""#.utf8)
}

extension DecisionRecord {
  fileprivate func mentions(_ text: ByteString) -> Bool {
    let parts =
      [container, verb, entry ?? "", pod ?? ""]
      + violations.flatMap { [$0.code, $0.pointer, $0.expected, $0.actual] }
    let wanted = text.lowercased
    return parts.contains { $0.lowercased.bytes.span.contains(wanted.bytes) }
  }
}

extension ByteString {
  /// Letters of ASCII in lower case.
  var lowercased: ByteString {
    ByteString(bytes.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 })
  }
}
