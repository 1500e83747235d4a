import Bytes
import Digest
import Linux
import Policy
import StrictJSON
import Testing

@testable import Attestation
@testable import DecisionLog
@testable import Denials

/// A log that ward's own code wrote, in a directory of its own.
private final class NodeLog: Sendable {
  let directory = ByteString("/tmp/ward-denials-\(UInt64.random(in: 0...UInt64.max))")
  let chain: DecisionChain

  init(maximumBytes: UInt64 = 16 << 20) throws {
    chain = DecisionChain(directory: directory, name: "decisions.jsonl", maximumBytes: maximumBytes)
  }

  deinit {
    do { try FileDescriptor.open("/tmp", [.readOnly, .directory]).removeTree(directory.lastPathComponent) } catch {
      Issue.record("\(error)")
    }
  }

  var path: ByteString { directory.appending(path: "decisions.jsonl") }
  var file: RecordFile { RecordFile(node: path) }

  func deny(
    _ code: String, verb: Verb = .create, container: ByteString = "c1", entry: ByteString? = "embed",
    pod: ByteString? = nil, outcome: DecisionRecord.Outcome = .deny
  ) throws {
    let request = pod.map { Draft.Request(pod: $0) { _ in ("", nil) } }
    _ = try chain.append(
      Draft(
        verb: verb, container: try #require(ContainerID(container)), entry: entry, outcome: outcome,
        policy: .init(PolicyIdentity(name: "p", version: 1, digest: ""), mode: .enforce),
        violations: [.init(code: code, pointer: "/process/env/3", expected: "nothing", actual: "a \"b\"")], omitted: 0,
        request: request))
  }

  func contents() throws -> [UInt8] { try FileDescriptor.contents(of: path, limit: 1 << 24) }

  func put(_ bytes: [UInt8]) throws {
    try FileDescriptor.open(directory, [.readOnly, .directory]).replace("decisions.jsonl", with: bytes)
  }
}

struct RecordTests {
  private func query(_ log: NodeLog, _ change: (inout RecordFilter) -> Void) throws -> [UInt64] {
    var filter = RecordFilter()
    change(&filter)
    return try RecordQuery(log.file, filter).records.map(\.sequence)
  }

  @Test func `a filter takes any value of a kind, and all kinds`() throws {
    let log = try NodeLog()
    try log.deny("WARD-USER", container: "a1", pod: "ns/web-0")
    try log.deny("WARD-ARGS", verb: .exec, container: "a1")
    try log.deny("WARD-USER", container: "b2", entry: nil, pod: "other/web-0")
    #expect(try query(log) { _ in } == [1, 2, 3])
    #expect(try query(log) { $0.codes = ["WARD-USER"] } == [1, 3])
    #expect(try query(log) { $0.codes = ["WARD-USER", "WARD-ARGS"] } == [1, 2, 3])
    #expect(try query(log) { $0.codes = ["WARD-USE"] } == [])
    #expect(try query(log) { $0.containers = ["a"] } == [1, 2])
    #expect(try query(log) { ($0.containers, $0.verbs) = (["a"], ["exec"]) } == [2])
    #expect(try query(log) { $0.entries = ["embed"] } == [1, 2])
    // What is done to a container of a pod later does not name the pod.
    #expect(try query(log) { $0.pods = ["ns/web-0"] } == [1, 2])
    #expect(try query(log) { $0.pods = ["web-0"] } == [1, 2, 3])
    #expect(try query(log) { $0.text = "user" } == [1, 3])
    #expect(try query(log) { $0.text = "A \"B\"" } == [1, 2, 3])
    #expect(try query(log) { $0.since = "2999" } == [])
    #expect(try query(log) { $0.until = "2999" } == [1, 2, 3])
    #expect(try query(log) { $0.outcomes = [.admit] } == [])
  }

  @Test func `a line that is no record is told, and the others are read`() throws {
    let log = try NodeLog()
    for _ in 1...3 { try log.deny("WARD-USER") }
    let lines = try log.contents().split(separator: 0x0A).map { Array($0) + [0x0A] }
    try log.put(lines[0] + Array("{\"decision\":\"deny\"}\n".utf8) + lines[2])
    let query = try RecordQuery(log.file, RecordFilter())
    #expect(query.records.map(\.sequence) == [1, 3])
    #expect(query.damage?.line == 2)
  }

  @Test func `sorting keeps the order of the log where records are equal`() throws {
    let log = try NodeLog()
    for code in ["WARD-USER", "WARD-ARGS", "WARD-USER", "WARD-ARGS"] { try log.deny(code) }
    var query = try RecordQuery(log.file, RecordFilter())
    query.sort(by: .code, isDescending: false)
    #expect(query.records.map(\.sequence) == [2, 4, 1, 3])
    query.sort(by: .record, isDescending: true)
    #expect(query.records.map(\.sequence) == [4, 3, 2, 1])
    #expect(try RecordQuery(log.file, RecordFilter(), last: 2).records.map(\.sequence) == [3, 4])
  }

  @Test func `counts are by code, with those of a flood`() throws {
    let log = try NodeLog()
    for _ in 1...150 { try log.deny("WARD-USER") }
    try log.chain.flush()
    var filter = RecordFilter()
    filter.outcomes = [.deny, .counted]
    var tally = Tally(by: .code)
    for record in try RecordQuery(log.file, filter).records { tally.add(record) }
    #expect(tally.groups.map(\.count) == [150])
    #expect(tally.total == 150)
    var metrics = Metrics()
    for record in try RecordQuery(log.file, filter).records { metrics.add(record) }
    #expect(metrics.text.contains("\nward_denied_total 150\n"))
    #expect(metrics.text.contains("ward_denials{verb=\"create\",code=\"WARD-USER\"} 150\n"))
  }

  @Test func `the chain is verified across files, and every change is found`() throws {
    let log = try NodeLog(maximumBytes: 2000)
    for _ in 1...30 { try log.deny("WARD-USER") }
    let whole = try ChainVerification(log.file)
    #expect(whole.faults.isEmpty)
    #expect(whole.last == 30)
    let bytes = try log.contents()
    let last = bytes.split(separator: 0x0A).last.map { $0.count + 1 } ?? 0
    for index in stride(from: 0, to: bytes.count - last, by: 7) where bytes[index] != 0x0A {
      var altered = bytes
      altered[index] ^= 1
      try log.put(altered)
      #expect(try !ChainVerification(log.file).faults.isEmpty, "byte \(index)")
    }
    // Its end cut off: only a checkpoint holds that.
    try log.put(Array(bytes.dropLast(last)))
    #expect(try ChainVerification(log.file).faults.isEmpty)
    let digest = HashAlgorithm.sha256.digest(of: Array(bytes.suffix(last)))
    let events: [Event] = [.checkpoint(sequence: 30, digest: digest), .checkpoint(sequence: 1, digest: digest)]
    #expect(try ChainVerification(log.file, events: events).faults.count == 1)
    try log.put(bytes)
    let checked = try ChainVerification(log.file, events: events)
    #expect(checked.faults.isEmpty)
    #expect(checked.checkpoints == [30])
    // Rotation took record 1.
    #expect(checked.passed == [1])
    #expect(
      try !ChainVerification(log.file, events: [.checkpoint(sequence: 30, digest: HashAlgorithm.sha256.digest(of: []))])
        .faults.isEmpty)
  }

  @Test func `what is added is followed across rotations`() throws {
    let log = try NodeLog(maximumBytes: 2000)
    var follower = LogFollower(path: log.path)
    var seen: [UInt64] = []
    for _ in 1...20 {
      try log.deny("WARD-USER")
      seen += try follower.next().map(\.sequence)
    }
    #expect(seen == Array(1...20))
    try follower.skip()
    #expect(try follower.next().isEmpty)
  }

  @Test func `records go out as OpenTelemetry and as CEF`() throws {
    let log = try NodeLog()
    try log.deny("WARD-USER", pod: "ns/web-0")
    let records = try RecordQuery(log.file, RecordFilter()).records
    let exported = OpenTelemetry.export(records, host: "node-1")
    let record = try #require(exported["/resourceLogs/0/scopeLogs/0/logRecords/0"])
    #expect(record["/severityNumber"] == 13)
    #expect(
      record["/body/stringValue"]
        == "create embed: WARD-USER at /process/env/3: expected nothing, got a \"b\"")
    let line = CommonEventFormat.line(try #require(records.first), host: "node-1")
    #expect(line.hasPrefix("<84>1 20"))
    #expect(
      line.contains(" node-1 ward - deny - CEF:0|Ward|ward|1|WARD-USER|user, group, groups or umask are not those"))
    #expect(CommonEventFormat.event(try #require(records.first)).contains("cs4Label=pod cs4=ns/web-0"))
  }

  @Test(
    arguments: [
      ("1970-01-01T00:00:00Z", 0), ("2026-11-21T10:00:00.5Z", 1_795_255_200_500_000_000),
      ("2024-02-29T23:59:59.000000001Z", 1_709_251_199_000_000_001),
    ] as [(ByteString, Int64)])
  func `a time of the log has its number`(_ text: ByteString, _ nanoseconds: Int64) {
    #expect(RecordTime(text)?.nanoseconds == nanoseconds)
  }

  @Test func `what the log tells of a container is known of the commands on it`() throws {
    let log = try NodeLog()
    try log.deny("-", container: "sandbox", entry: "sandbox", pod: "inference/web-0", outcome: .admit)
    try log.deny("-", container: "c1", pod: "inference/web-0", outcome: .admit)
    try log.deny("-", container: "c12", entry: "other", pod: "inference/web-1", outcome: .admit)
    let exec = try Embeddings.record("exec", ["process": [:]], container: "c1", sequence: 4)
    let known = try Surroundings(of: HeldCommand(exec), in: log.file)
    #expect(known.entry == "embed")
    #expect(known.names == ["pod.namespace": "inference", "pod.name": "web-0"])
    // The container that is made joins a sandbox, which is there.
    let create = try Embeddings.record(
      "create", ["config": ["annotations": ["io.kubernetes.cri.sandbox-id": "sandbox"]]], container: "c2", sequence: 4)
    let around = try Surroundings(of: HeldCommand(create), in: log.file)
    #expect(around.entry == nil)
    #expect(around.names["pod.name"] == "web-0")
    // What was made later is another container with the same id.
    let early = try Embeddings.record("exec", ["process": [:]], container: "c12", sequence: 3)
    #expect(try Surroundings(of: HeldCommand(early), in: log.file).names == [:])
  }
}
