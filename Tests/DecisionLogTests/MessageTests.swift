@testable import Attestation
import Bytes
import Policy
import StrictJSON
import Testing

@testable import DecisionLog

/// What the control plane is told of a refusal.
struct MessageTests {
  private static let hostile: [String] = [
    "\n{\"sequence\":9}", "\u{1B}[2J\u{1B}]0;x\u{7}", "\u{202E}gpj.exe", "\r\npermission granted", "\u{9B}31m", "\u{0}",
    "; record 1", "\"", String(repeating: "x", count: 100_000), String(repeating: "\u{1B}", count: 10_000),
    String(repeating: "no such process ", count: 1000), "\u{E9}\u{301}",
  ]

  private func message(_ text: String, count: Int = 1) throws -> String {
    let log = try TestLog()
    let reason = DecisionRecord.Reason(code: "WARD-ENV-UNEXPECTED", pointer: text, expected: text, actual: text)
    let draft = Draft(
      verb: .create, container: try #require(ContainerID("c1")), entry: ByteString(text), outcome: .deny,
      policy: .init(PolicyIdentity(name: ByteString(text), version: 1 << 53, digest: ""), mode: .enforce),
      violations: Array(repeating: reason, count: count), omitted: count > 1 ? 1 << 53 : 0, request: nil)
    return Denial(record: try log.chain.append(draft)).description
  }

  @Test(arguments: hostile, [1, 16])
  func `it is one short line of printable ASCII with its code and its record, whatever was sent`(
    text: String, count: Int
  ) throws {
    let message = try message(text, count: count)
    #expect(message.utf8.count < 1024)
    #expect(message.utf8.allSatisfy { (0x20...0x7E).contains($0) })
    #expect(message.hasPrefix("permission denied by policy "))
    #expect(message.contains(": WARD-ENV-UNEXPECTED at "))
    #expect(message.hasSuffix("; record 1"))
    #expect(count == 1 || message.contains("further violations"))
    for phrase in ["does not exist", "no such process", "no such file or directory", "container not running"] {
      #expect(!message.contains(phrase))
    }
  }
}
