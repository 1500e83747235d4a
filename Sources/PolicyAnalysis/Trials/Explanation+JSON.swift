internal import Bytes
public import Policy
public import StrictJSON

extension Explanation {
  /// For programs: the decision, and what each entry says to the command.
  public var json: JSONValue {
    var object: JSONObject = [
      "decision": evaluation.isAdmitted ? "admit" : "deny",
      "violations": .array(evaluation.violations.map(\.json)),
      "candidates": .array(
        candidates.map { candidate in
          [
            "entry": .string(candidate.entry), "violations": .array(candidate.violations.map(\.json)),
            "sections": .array(candidate.trace.map { .string(ByteString($0.rawValue)) }),
          ]
        }),
      "untried": .array(untried.map { .string($0) }),
    ]
    object["entry"] = evaluation.entry.map { .string($0) }
    return .object(object)
  }
}

extension Violation {
  /// For programs, with the names of the decision log.
  public var json: JSONValue {
    [
      "code": .string(ByteString(code.rawValue)), "pointer": .string(pointer.text),
      "expected": .string(ByteString(expected)), "actual": .string(ByteString(actual)),
    ]
  }
}
