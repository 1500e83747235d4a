internal import Bytes
public import DecisionLog
internal import Digest
public import Policy
internal import PolicyAnalysis
public import PolicyAuthoring
public import StrictJSON

/// A record for people: what each entry of a policy says to the command, and the lines of the author's text that it is
/// about.
public struct RecordExplanation {
  private let record: DecisionRecord
  private let policy: Policy
  private let source: PolicySource?
  private let replay: Replay?
  private let problem: HeldCommand.Problem?

  /// Explains a command that was tried again.
  public init(_ record: DecisionRecord, _ replay: Replay, _ policy: Policy, _ source: PolicySource?) {
    (self.record, self.policy, self.source, self.replay, problem) = (record, policy, source, replay, nil)
  }

  /// Explains what was recorded, where the command cannot be tried again.
  public init(
    _ record: DecisionRecord, _ policy: Policy, _ source: PolicySource?, because problem: HeldCommand.Problem?
  ) {
    (self.record, self.policy, self.source, replay, self.problem) = (record, policy, source, nil, problem)
  }

  private var isSamePolicy: Bool {
    record.policy.map {
      $0.digest == ByteString(Hex.encode(HashAlgorithm.sha256.digest(of: policy.canonicalBundle()).bytes))
    } ?? false
  }

  /// For programs.
  public var json: JSONValue {
    var object: JSONObject = ["record": record.json, "samePolicy": .bool(isSamePolicy)]
    if let replay {
      object["explanation"] = replay.explanation.json
      object["verdict"] = .string(ByteString(replay.verdict.rawValue))
    }
    return .object(object)
  }

  /// For people.
  public var text: String {
    var lines = head
    if let replay {
      lines += candidates(replay)
    } else {
      for violation in record.violations { lines += reason(violation) }
      if record.omitted > 0 { lines.append("  and \(record.omitted) further violations") }
      if let problem { lines += ["", "not tried again: \(problem)"] }
    }
    return lines.map { $0 + "\n" }.joined()
  }

  private var head: [String] {
    let decision = record.outcome == .deny ? "denied" : "admitted"
    let by = record.policy.map { "\($0.name)@\($0.version)" } ?? "no policy: none was attested"
    var lines = ["record \(record.sequence): \(record.verb) \(record.container) was \(decision) by \(by)"]
    if !isSamePolicy { lines.append("held against another policy here: \(policy.name)@\(policy.version)") }
    return lines + [""]
  }

  private func reason(_ violation: DecisionRecord.Reason) -> [String] {
    var lines = [
      "  \(violation.code)\(violation.pointer.isEmpty ? "" : " at \(violation.pointer)")",
      "    expected  \(violation.expected)", "    got       \(violation.actual)",
    ]
    if let page = CodePage.named(violation.code.description) {
      lines += ["    cause     \(page.cause)", "    fix       \(page.fix)"]
    }
    return lines
  }

  private func candidates(_ replay: Replay) -> [String] {
    let explanation = replay.explanation
    var lines: [String] = []
    switch replay.verdict {
    case .admitted: lines.append("this policy admits it" + (explanation.evaluation.entry.map { " as \($0)" } ?? ""))
    case .denied: break
    case .undecided:
      lines.append("whether this policy admits it hangs on what the log does not hold")
      lines += replay.unknownNames.map { "  not known: {\($0)} of the container (--name \($0)=VALUE)" }
    }
    let closest = explanation.evaluation.entry
    // Where no entry was held against the command, the reasons are those of the command alone.
    let told = explanation.candidates.contains { $0.violations == explanation.evaluation.violations }
    if !told { lines += explanation.evaluation.violations.flatMap { reasons($0, closest, replay) } }
    for candidate in explanation.candidates {
      let count = candidate.violations.count
      lines.append("\(candidate.entry): " + (count == 0 ? "admits it" : "\(count) violation\(count == 1 ? "" : "s")"))
      // The closest in full, the others in a line each.
      if candidate.entry == closest {
        lines += candidate.violations.flatMap { reasons($0, candidate.entry, replay) }
      } else {
        lines += candidate.violations.prefix(3).map { "  \($0)" }
        if count > 3 { lines.append("  and \(count - 3) more") }
      }
      lines.append("  checked   \(candidate.trace.map(\.rawValue).joined(separator: ", "))")
    }
    if !explanation.untried.isEmpty {
      lines.append("not tried: \(explanation.untried.map(\.description).joined(separator: ", "))")
    }
    return lines
  }

  private func reasons(_ violation: Violation, _ entry: ByteString?, _ replay: Replay) -> [String] {
    var lines = reason(DecisionRecord.Reason(of: violation))
    if replay.uncertain.contains(violation) { lines.append("    not known, since the record does not hold the value") }
    guard let entry, let source, let rule = PolicyPlace(entry).rule(for: violation, in: replay.trial.command) else {
      return lines
    }
    // What an exec leaves out stands with its container.
    let parts = rule.tokens
    let container = JSONPointer(tokens: Array(parts.prefix(2)) + Array(parts.dropFirst(4)))
    let isInherited = parts.dropFirst(2).first == "exec" && source.document.value[rule] == nil
    let place = isInherited && source.document.value[container] != nil ? container : rule
    let message = source.document.message(.hint, at: place, "this is what the policy says")
    lines += message.description.split(separator: "\n").map { "    " + $0 }
    return lines
  }
}

extension DecisionRecord.Reason {
  init(of violation: Violation) {
    self.init(
      safe: ByteString(violation.code.rawValue), pointer: violation.pointer.text,
      expected: ByteString(violation.expected), actual: ByteString(violation.actual))
  }
}
