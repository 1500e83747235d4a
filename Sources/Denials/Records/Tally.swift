public import Bytes
public import DecisionLog

/// How many denials there are of each kind, with those that were only counted.
public struct Tally: Sendable {
  /// By what they are grouped.
  public enum Key: String, CaseIterable, Sendable {
    case code, container, entry, verb, pod, policy
  }

  /// One group.
  public struct Group: Equatable, Sendable {
    public let name: ByteString
    public internal(set) var count: UInt64
    /// RFC 3339.
    public internal(set) var first: ByteString
    public internal(set) var last: ByteString
    /// Number of a record that shows it.
    public internal(set) var example: UInt64
  }

  private var byName: [ByteString: Group] = [:]
  public let key: Key

  /// Nothing so far.
  public init(by key: Key) { self.key = key }

  /// Takes one record more.
  public mutating func add(_ record: DecisionRecord) {
    switch record.outcome {
    case .admit: break
    case .deny, .found: add(name(record), 1, record, at: record.time)
    case .counted:
      for (name, count) in record.counts {
        // `create WARD-USER`: what a flood's summary keeps apart.
        let parts = name.split(UInt8(ascii: " "))
        let group: ByteString =
          switch key {
          case .code: parts.last ?? "-"
          case .verb: parts.first ?? "-"
          case .container, .entry, .pod, .policy: "(counted in a flood)"
          }
        add(group, count, record, at: record.since ?? record.time)
      }
    }
  }

  private mutating func add(_ name: ByteString, _ count: UInt64, _ record: DecisionRecord, at first: ByteString) {
    var group = byName[name] ?? Group(name: name, count: 0, first: first, last: record.time, example: record.sequence)
    group.count += count
    group.first = min(group.first, first)
    if record.time >= group.last { (group.last, group.example) = (record.time, record.sequence) }
    byName[name] = group
  }

  private func name(_ record: DecisionRecord) -> ByteString {
    switch key {
    case .code: record.violations.first?.code ?? "-"
    case .container: record.container
    case .entry: record.entry ?? "-"
    case .verb: record.verb
    case .pod: record.pod ?? "-"
    case .policy: record.policy.map { $0.name + ByteString("@\($0.version)") } ?? "none attested"
    }
  }

  /// The most frequent first.
  public var groups: [Group] { byName.values.sorted { ($1.count, $0.name) < ($0.count, $1.name) } }
  /// All together.
  public var total: UInt64 { byName.values.reduce(0) { $0 + $1.count } }
}
