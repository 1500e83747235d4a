public import Bytes
public import DecisionLog
public import Linux
internal import StrictJSON

/// The records of a log that a filter asks for.
public struct RecordQuery: Sendable {
  /// By what they are sorted.
  public enum Order: String, CaseIterable, Sendable {
    case record, time, code, container, verb, pod
  }

  /// A line that is no record.
  public struct Damage: Error, Equatable, Sendable, CustomStringConvertible {
    public let file: ByteString
    public let line: Int
    public let problem: String
    public var description: String { "\(file):\(line): \(problem)" }
  }

  /// Those that were asked for, in order.
  public private(set) var records: [DecisionRecord] = []
  /// The first line that could not be read: see ``ChainVerification`` for all of them.
  public private(set) var damage: Damage?

  /// Goes through a log. Where `last` is stated only that many of the newest are kept.
  public init(_ file: RecordFile, _ filter: RecordFilter, last: Int? = nil) throws(SystemError) {
    let needles = filter.needles
    var found: [DecisionRecord] = []
    var damage: Damage?
    // Later commands on a container do not name its pod: the one that made it does.
    var pods: [ByteString: ByteString] = [:]
    let needsPods = !filter.pods.isEmpty
    try file.forEachLine { line in
      if needsPods, line.bytes.contains(Array("\"pod\":".utf8)) {
        // Read below, or here where the filter is not about it.
        if let record = Self.read(line, file, &damage), let pod = record.pod { pods[record.container] = pod }
      }
      guard filter.mayMatch(line.bytes, needles) else { return true }
      guard var record = Self.read(line, file, &damage) else { return true }
      if record.pod == nil { record.pod = pods[record.container] }
      guard filter.matches(record) else { return true }
      found.append(record)
      if let last, found.count >= 2 * max(last, 1) { found.removeFirst(found.count - last) }
      return true
    }
    records = last.map { Array(found.suffix($0)) } ?? found
    self.damage = damage
  }

  private static func read(_ line: borrowing RecordFile.Line, _ file: RecordFile, _ damage: inout Damage?)
    -> DecisionRecord?
  {
    do { return try DecisionRecord(line: line.bytes.array, named: "record") } catch {
      if damage == nil {
        damage = Damage(file: file.paths[line.file], line: line.number, problem: error.problem.description)
      }
      return nil
    }
  }

  /// Sorts; records that are equal in that stay in the order of the log.
  public mutating func sort(by order: Order, isDescending: Bool) {
    func key(_ record: DecisionRecord) -> ByteString {
      switch order {
      case .record: ""
      case .time: record.time
      case .code: record.violations.first?.code ?? ""
      case .container: record.container
      case .verb: record.verb
      case .pod: record.pod ?? ""
      }
    }
    records.sort { left, right in
      let (first, second) = (key(left), key(right))
      if first != second { return isDescending ? first > second : first < second }
      return isDescending && order == .record ? left.sequence > right.sequence : left.sequence < right.sequence
    }
  }
}
