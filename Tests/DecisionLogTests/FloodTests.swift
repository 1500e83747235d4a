import Bytes
import Linux
import Policy
import StrictJSON
import Testing

@testable import Attestation
@testable import DecisionLog

/// Many denials in a short time.
struct FloodTests {
  private func total(_ contents: DecisionLogContents) -> UInt64 {
    contents.pending?.denied ?? contents.records.last?.denied ?? 0
  }

  @Test func `a flood becomes counted summaries, and no count is lost`() throws {
    let log = try TestLog()
    for number in 1...1000 as ClosedRange<UInt64> {
      // The reference in the message is that of the line that will hold the count.
      #expect(try log.append(request: ["force": true]) == min(number, 101))
    }
    var contents = try log.chain.read()
    #expect(contents.faults.isEmpty)
    #expect(contents.records.count == 100)
    #expect(contents.records.count { $0.request != nil } == 10)
    #expect(contents.pending?.counts == ["start WARD-CONTAINER-UNKNOWN": 900])
    #expect(contents.pending?.denied == 1000)
    // An admission ends the counting: its line stands after the summary.
    #expect(try log.append(.conformance) == 102)
    contents = try log.chain.read()
    #expect(contents.faults.isEmpty)
    #expect(contents.pending == nil)
    let summary = try #require(contents.records.dropLast().last)
    #expect(summary.outcome == .counted)
    #expect(summary.counts == ["start WARD-CONTAINER-UNKNOWN": 900])
    #expect(summary.denied == 1000)
    #expect(contents.records.last?.denied == 1000)
    #expect(try log.append() == 103)
    #expect(total(try log.chain.read()) == 1001)
  }

  @Test func `a checkpoint takes the count into the chain`() throws {
    let log = try TestLog()
    for _ in 1...150 { try log.append() }
    try log.chain.flush()
    let contents = try log.chain.read()
    #expect(contents.pending == nil)
    #expect(contents.records.last?.counts == ["start WARD-CONTAINER-UNKNOWN": 50])
    #expect(contents.records.last?.denied == 150)
    try log.chain.flush()
    #expect(try log.chain.read() == contents)
  }

  @Test func `a crash between the line and the file beside it counts nothing twice`() throws {
    let log = try TestLog()
    for _ in 1...150 { try log.append() }
    let left = try log.contents("decisions.jsonl.pending")
    try log.chain.flush()
    try log.put(left, "decisions.jsonl.pending")
    #expect(try log.chain.read().pending == nil)
    try log.append()
    #expect(total(try log.chain.read()) == 151)
  }

  @Test func `counts that cannot be added to are refused`() throws {
    let log = try TestLog()
    for _ in 1...150 { try log.append() }
    let left = String(decoding: try log.contents("decisions.jsonl.pending"), as: UTF8.self)
    let altered = left.replacing(":50}", with: ":18446744073709551615}")
    try #require(altered != left)
    try log.put(Array(altered.utf8), "decisions.jsonl.pending")
    #expect(throws: DecisionLogError.self) { try log.append() }
  }

  @Test func `a rotation keeps the count`() throws {
    let log = try TestLog(maximumBytes: 8000)
    for _ in 1...500 { try log.append() }
    try log.append(.conformance)
    for _ in 1...30 { try log.append(.conformance) }
    let contents = try log.chain.read()
    #expect(contents.faults.isEmpty)
    #expect(total(contents) == 500)
    #expect(try log.contents().count <= 8000)
  }

  @Test func `many who are denied at once are all counted`() async throws {
    let log = try TestLog()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 1...8 { group.addTask { for _ in 1...100 { try log.append() } } }
      try await group.waitForAll()
    }
    #expect(total(try log.chain.read()) == 800)
  }

  @Test func `a window ends after its time, and when the clock is set back`() {
    let rate = DecisionRecord.Rate(since: 1000, count: 100)
    func next(_ seconds: Int64) -> UInt64? {
      rate.next(at: Timestamp(seconds: seconds, nanoseconds: 0), isDenial: true)?.count
    }
    #expect(next(1000) == 101)
    #expect(next(1059) == 101)
    #expect(next(1060) == nil)
    #expect(next(999) == nil)
  }

  @Test func `where the count cannot be written, that is an error`() throws {
    let log = try TestLog()
    for _ in 1...100 { try log.append() }
    try FileDescriptor.open(ByteString(log.path), [.readOnly, .directory]).makeDirectory("decisions.jsonl.pending")
    #expect(throws: DecisionLogError.self) { try log.append() }
  }
}
