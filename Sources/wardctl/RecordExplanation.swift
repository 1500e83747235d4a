internal import Bytes
internal import DecisionLog
internal import Digest
internal import Policy
internal import StrictJSON

/// What is known of a command whose record holds the reasons, and not the command.
struct RecordExplanation {
  private let record: DecisionRecord
  private let isSamePolicy: Bool
  private let policy: Policy

  init(_ record: DecisionRecord, _ policy: Policy) {
    (self.record, self.policy) = (record, policy)
    let digest = HashAlgorithm.sha256.digest(of: policy.canonicalBundle())
    isSamePolicy = record.policy.map { $0.digest == ByteString(Hex.encode(digest.bytes)) } ?? false
  }

  /// Prints it; tells whether the command was admitted.
  func print(json: Bool) -> Bool {
    guard !json else {
      JSONOutput.print(["record": record.json, "samePolicy": .bool(isSamePolicy)])
      return record.outcome == .admit
    }
    let decision = record.outcome == .admit ? "admitted" : "denied"
    Swift.print("record \(record.sequence): \(record.verb) \(record.container) was \(decision)")
    Swift.print(
      isSamePolicy
        ? "by this policy, \(policy.name)@\(policy.version)"
        : "by another policy than this one: \(record.policy.map { "\($0.name)@\($0.version)" } ?? "none was attested")")
    if let entry = record.entry {
      let count = record.violations.count
      Swift.print("\n\(entry): \(count) \(count == 1 ? "violation" : "violations") recorded")
    }
    for violation in record.violations {
      Swift.print("  \(violation.code)\(violation.pointer.isEmpty ? "" : " at \(violation.pointer)")")
      if let cause = DenialsCodesCommand.cause(of: violation.code) { Swift.print("    cause     \(cause)") }
      Swift.print("    expected  \(violation.expected)")
      Swift.print("    got       \(violation.actual)")
    }
    if record.omitted > 0 { Swift.print("  and \(record.omitted) further violations") }
    Swift.print("\nthe command is not in the record: explain its config.json to see what each entry says")
    return record.outcome == .admit
  }
}
