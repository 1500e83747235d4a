internal import Bytes
internal import Policy
internal import PolicyAnalysis
internal import StrictJSON

/// An explanation for people.
struct ExplanationText: CustomStringConvertible {
  let description: String

  init(_ explanation: Explanation, _ policy: Policy, _ trial: Trial) {
    let evaluation = explanation.evaluation
    let decision = evaluation.isAdmitted ? "admitted" : "denied"
    let entry = evaluation.entry.map { evaluation.isAdmitted ? " as \($0)" : ", closest is \($0)" } ?? ""
    var lines = ["\(trial.command.verb) \(trial.id): \(decision) by policy \(policy.name)@\(policy.version)\(entry)"]
    switch policy.mode {
    case .enforce: break
    case .audit, .conformance: lines.append("mode \(policy.mode.rawValue) admits what no entry admits")
    }
    // Where no entry was held against the command, the reasons are those of the command alone.
    if explanation.candidates.isEmpty
      || (!evaluation.isAdmitted
        && explanation.candidates.allSatisfy { candidate in
          candidate.violations != evaluation.violations
        })
    {
      lines += evaluation.violations.flatMap(Self.lines)
    }
    for candidate in explanation.candidates {
      let count = candidate.violations.count
      lines.append("")
      lines.append("\(candidate.entry): " + (count == 0 ? "admits it" : "\(count) violation\(count == 1 ? "" : "s")"))
      lines += candidate.violations.flatMap(Self.lines)
      lines.append("  checked   \(candidate.trace.map(\.rawValue).joined(separator: ", "))")
    }
    if !explanation.untried.isEmpty {
      lines.append("")
      lines.append("not tried: \(explanation.untried.map(\.description).joined(separator: ", "))")
    }
    description = lines.map { $0 + "\n" }.joined()
  }

  private static func lines(_ violation: Violation) -> [String] {
    [
      "  \(violation.code.rawValue)\(violation.pointer.tokens.isEmpty ? "" : " at \(violation.pointer)")",
      "    cause     \(violation.code.cause)", "    expected  \(violation.expected)",
      "    got       \(violation.actual)",
    ]
  }
}
