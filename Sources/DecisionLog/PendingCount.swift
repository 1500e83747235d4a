internal import Attestation
internal import Bytes
internal import Linux
internal import StrictJSON

/// Denials of a flood that have no line of their own: counted in a small file beside the log until the next line takes
/// the count into the chain.
///
/// No count is lost: the file is replaced in one step under the log's lock, and it names the line after which it counts,
/// so that a crash between taking it into the chain and removing it counts nothing twice. Until then a count is as safe
/// as the file system of the node, and not held by the chain.
struct PendingCount: Equatable {
  /// The digest of the last line.
  let after: ByteString
  /// RFC 3339, of the first and of the last denial.
  let since: ByteString
  private(set) var until: ByteString
  private(set) var counts: [ByteString: UInt64] = [:]

  init(after end: ChainEnd, since: Timestamp) {
    after = end.digest
    self.since = ByteString(since.rfc3339)
    until = self.since
  }

  /// By verb and first code there are some hundreds of counts at most.
  mutating func add(_ draft: Draft, at time: Timestamp) {
    let key = ByteString(draft.verb.rawValue + " ") + (draft.violations.first?.code ?? "-")
    counts[key, default: 0] += 1
    until = ByteString(time.rfc3339)
  }

  /// How many there are.
  var total: UInt64 { counts.values.reduce(0, +) }

  /// The line that takes the count into the chain.
  func record(after end: ChainEnd, at time: Timestamp) -> DecisionRecord {
    record(after: end.sequence, end.digest, denied: end.denied, rate: end.rate)
  }

  func record(
    after sequence: UInt64, _ digest: ByteString, denied: UInt64, rate: DecisionRecord.Rate?
  ) -> DecisionRecord {
    DecisionRecord(
      sequence: sequence + 1, time: until, verb: "-", container: "-", entry: nil, outcome: .counted, policy: nil,
      violations: [], omitted: 0, requestDigest: nil, request: nil, denied: denied + total, counts: counts,
      since: since, rate: rate, repaired: 0, previous: digest)
  }
}

extension PendingCount: JSONObjectDecodable {
  init(members: inout JSONMembers) throws(JSONError) {
    after = try members.required("after")
    since = try members.required("since")
    until = try members.required("until")
    counts = try members.counts()
  }

  var json: JSONValue {
    [
      "after": .string(after), "since": .string(since), "until": .string(until),
      "counts": .object(JSONObject(counts.mapValues { JSONValue($0) })),
    ]
  }
}

extension DecisionRecord.Rate {
  /// A window of time in seconds.
  static let window: Int64 = 60
  /// How many denials of a window have lines of their own.
  static let maximumDenials: UInt64 = 100
  /// How many of these hold the command.
  static let maximumCommands: UInt64 = 10

  /// The rate with one decision more; nil where its window is over. A clock that was set back ends it, too.
  func next(at time: Timestamp, isDenial: Bool) -> DecisionRecord.Rate? {
    guard (since..<since + Self.window).contains(time.seconds) else { return nil }
    return DecisionRecord.Rate(since: since, count: count + (isDenial ? 1 : 0))
  }
}

extension DecisionChain {
  /// What is counted after this end of the chain; nil where nothing is.
  func pending(
    after end: ChainEnd, in directory: borrowing FileDescriptor
  ) throws(DecisionLogError) -> PendingCount? {
    // Before the window is full nothing was counted: most commands do not look.
    guard let rate = end.rate, rate.count >= DecisionRecord.Rate.maximumDenials else { return nil }
    do { return try readPending(in: directory, after: end.digest) } catch { throw .system(error) }
  }

  func pendingRecord(
    after last: DecisionRecord, _ digest: ByteString, in directory: borrowing FileDescriptor
  ) throws(SystemError) -> DecisionRecord? {
    try readPending(in: directory, after: digest)?.record(
      after: last.sequence, digest, denied: last.denied, rate: last.rate)
  }

  private func readPending(
    in directory: borrowing FileDescriptor, after digest: ByteString
  ) throws(SystemError) -> PendingCount? {
    guard let file = try openFile(pendingName, in: directory) else { return nil }
    let bytes = try file.readToEnd(limit: 1 << 20)
    let pending: PendingCount
    do { pending = try StrictJSON.decode(from: bytes, named: pendingName.description) } catch {
      throw SystemError(call: "read", errno: ErrorNumber.EINVAL, object: pendingName)
    }
    return pending.after == digest ? pending : nil
  }

  func write(_ pending: PendingCount, in directory: borrowing FileDescriptor) throws(DecisionLogError) {
    do { try directory.replace(pendingName, with: CanonicalJSON.encode(pending.json)) } catch { throw .system(error) }
  }
}
