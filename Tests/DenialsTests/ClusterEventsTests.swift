import Bytes
import StrictJSON
import Testing

@testable import Attestation
@testable import DecisionLog
@testable import Denials
@testable import Policy

/// What an admin has who may not get onto the node.
struct ClusterEventsTests {
  private static let line =
    "permission denied by policy embeddings@7: create \"embed\": WARD-ENV-UNEXPECTED at /process/env/3: expected no such "
    + "variable, got LD_PRELOAD=<24 bytes>; 2 further violations; record 18"

  private static let message = DenialMessage(
    policy: "embeddings@7", verb: "create", container: "embed", code: "WARD-ENV-UNEXPECTED", pointer: "/process/env/3",
    expected: "no such variable", actual: "LD_PRELOAD=<24 bytes>", further: 2, record: 18)

  @Test func `an event of Kubernetes tells pod, reason and how often`() throws {
    let event: JSONValue = [
      "items": [
        [
          "involvedObject": ["kind": "Pod", "namespace": "inference", "name": "embeddings-0"], "count": 7,
          "lastTimestamp": "2026-11-21T10:00:00Z", "reason": "Failed",
          "message": .string(
            ByteString(
              "Error: failed to create containerd task: failed to create shim task: OCI runtime create failed: "
                + Self.line + ": unknown")),
        ], ["message": "Pulling image"],
      ]
    ]
    let events = try ClusterEvents(JSONWriter.encode(event))
    #expect(
      events.refusals == [
        .init(message: Self.message, pod: "inference/embeddings-0", count: 7, last: "2026-11-21T10:00:00Z")
      ])
  }

  @Test func `a journal's line is found through its quotation marks, and told again it counts`() throws {
    let quoted = Self.line.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\\\"")
    let text = """
      time="2026-11-21T09:00:00.123Z" level=error msg="RunPodSandbox failed" error="x"
      time="2026-11-21T10:00:00.123Z" level=error msg="StartContainer failed" error="rpc error: \(quoted): unknown"
      2026-11-21T10:05:00Z containerd: \(Self.line)
      """
    let events = try ClusterEvents(Array(text.utf8))
    #expect(events.refusals == [.init(message: Self.message, pod: nil, count: 2, last: "2026-11-21T10:05:00Z")])
  }

  @Test(arguments: [
    ("WARD-MOUNT-MISSING", "/mounts", "\"/etc/hosts\"", "nothing"),
    ("WARD-LIFECYCLE", "", "a container; that runs", "one"),
    ("WARD-ARGS", "/process/args/0", "one of \"a, got b\", \"c\"", "<2 bytes>"),
    ("WARD-CWD", "/process/cwd", "\"/\"", "\"/\\\\x1b[2J\""),
  ])
  func `what ward writes is read back`(code: String, pointer: String, expected: String, actual: String) throws {
    let record = DecisionRecord(
      sequence: 9, time: "", verb: "create", container: "c1", entry: "embed", pod: nil, outcome: .deny,
      policy: .init(PolicyIdentity(name: "p", version: 3, digest: ""), mode: .enforce),
      violations: [
        .init(
          safe: ByteString(code), pointer: ByteString(pointer), expected: ByteString(expected),
          actual: ByteString(actual))
      ], omitted: 0, requestDigest: nil, request: nil, denied: 1, counts: [:], since: nil, rate: nil, repaired: 0,
      previous: "")
    let found = DenialMessage.find(in: ByteString("x" + Denial(record: record).description + ": unknown"))
    #expect(found.count == 1)
    #expect(found.first?.code == code)
    #expect(found.first?.pointer == pointer)
    #expect(found.first?.expected == expected)
    #expect(found.first?.record == 9)
    #expect(found.first?.policy == "p@3")
  }

  @Test(arguments: [
    "permission denied", "permission denied: create", "permission denied by policy x: create \"a\": NOT-WARD: expected",
    "permission denied: create \"a\": WARD-X: expected y", "", "{", "permission denied: \"",
  ])
  func `what is no message of ward is none`(text: String) throws {
    #expect(DenialMessage.find(in: ByteString(text)).isEmpty)
  }

  @Test func `a text of kubectl that is cut is an error`() {
    #expect(throws: JSONError.self) { try ClusterEvents(Array("{\"items\": [".utf8)) }
  }
}
