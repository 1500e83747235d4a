internal import Attestation
public import Bytes
public import Policy

/// A decision that stands in the log: only now may it be acted on.
public enum RecordedDecision: ~Copyable, Sendable {
  case admitted(AdmittedPlan)
  case denied(Denial)
}

/// A plan that an attested policy admitted and that stands in the log: what everything that changes the node asks for.
///
/// Only ``DecisionChain`` makes one, from a ``Attestation/Decision`` that it has recorded; it cannot be copied.
public struct AdmittedPlan: ~Copyable, Sendable {
  public let plan: Plan
  /// The number of its record.
  public let record: UInt64

  init(plan: Plan, record: UInt64) { (self.plan, self.record) = (plan, record) }
}

/// A refusal, for whoever sent the command.
public struct Denial: Error, Equatable, Sendable {
  /// As it stands in the log.
  public let record: DecisionRecord

  init(record: DecisionRecord) { self.record = record }

  /// The stable code of the first reason.
  public var code: ByteString { record.violations.first?.code ?? "" }
}

extension Denial: CustomStringConvertible {
  /// One line: `permission denied by policy embeddings@7: create "embed": WARD-ENV-UNEXPECTED at /process/env/3:
  /// expected ..., got ...; 1 further violation; record 18`.
  ///
  /// containerd, its shim and Podman search the text of a runtime's error for some phrases and then take the container
  /// for gone: none of them ever stands in it.
  public var description: String {
    let policy = record.policy.map { " by policy \(Self.cut($0.name, 64))@\($0.version)" } ?? ""
    var text = "permission denied\(policy): \(record.verb) \"\(Self.cut(record.entry ?? record.container, 64))\""
    if let first = record.violations.first {
      text += ": \(first.code)"
      if !first.pointer.isEmpty { text += " at \(Self.cut(first.pointer, 160))" }
      text += ": expected \(Self.cut(first.expected, 240)), got \(Self.cut(first.actual, 240))"
    }
    let further = UInt64(record.violations.dropFirst().count) + record.omitted
    var end = "; record \(record.sequence)"
    if further > 0 { end = "; \(further) further violation\(further == 1 ? "" : "s")" + end }
    return Self.cut(ByteString(Self.withoutPhrases(text)), Self.limit - end.utf8.count) + end
  }

  /// The most bytes of the message: callers, and the events of Kubernetes, cut longer ones where they like.
  static let limit = 1000

  /// What a record holds is printable ASCII already.
  private static func cut(_ text: ByteString, _ limit: Int) -> String {
    guard text.count > limit else { return String(decoding: text.bytes, as: UTF8.self) }
    return String(decoding: text.bytes.prefix(limit - 3), as: UTF8.self) + "..."
  }

  /// What runtimes' errors are searched for, and other words for it.
  private static let phrases: [(ByteString, ByteString)] = [
    ("no such file or directory", "nothing there"), ("executable file not found", "nothing to execute"),
    ("no such process", "process has ended"), ("does not exist", "is not there"),
    ("container not running", "container is not running"), ("process already finished", "process has ended"),
    ("container not found", "unknown container"),
  ]

  private static func withoutPhrases(_ text: String) -> String {
    // ASCII to the last byte (see DecisionRecord), so lengths and cases are those of bytes.
    var bytes = Array(text.utf8)
    for (phrase, other) in phrases {
      var start = 0
      while start + phrase.count <= bytes.count {
        let part = bytes[start..<start + phrase.count]
        if zip(part, phrase.bytes).allSatisfy({ $0 | 0x20 == $1 | 0x20 }) {
          bytes.replaceSubrange(start..<start + phrase.count, with: other.bytes)
          start += other.count
        } else {
          start += 1
        }
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
