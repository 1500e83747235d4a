// Guarantees: a suggestion is handed out only after the policy with it has been compiled and admits the command.
public import Bytes
public import Policy
public import PolicyAnalysis
public import PolicyAuthoring
public import StrictJSON

/// The smallest change of an author's policy that admits a command which was denied.
///
/// Each step answers one violation at the place where its rule stands: what one value is becomes a list of two, a range
/// grows up to the number, a missing variable becomes optional; what a process has once (user, capabilities, working
/// directory) is replaced. Nothing is widened beyond what the command needs.
public struct Suggestion: Sendable {
  /// Why there is none.
  public enum Problem: Error, Sendable, CustomStringConvertible {
    /// The policy admits the command as it is.
    case admitted
    /// No change of the text admits it: what it is about belongs to the platform, the node or the image lock file.
    case notAdmittable(Violation)
    /// It hangs on a value that the record does not hold.
    case valueNeeded(Violation, option: String)
    case command(HeldCommand.Problem)
    case source(SourceMessage)

    public var description: String {
      switch self {
      case .admitted: "the policy admits the command already"
      case .notAdmittable(let violation):
        "no change of this policy's text admits it: \(violation)\n"
          + (CodePage.named(violation.code.rawValue).map { "what to do: \($0.fix)" } ?? "")
      case .valueNeeded(let violation, let option):
        "\(violation.pointer) was not recorded, as it may be secret: state it by \(option), or the whole document by "
          + "--document"
      case .command(let problem): problem.description
      case .source(let message): message.description
      }
    }
  }

  /// One change, and what it is for.
  public struct Step: Sendable {
    public let violation: Violation
    /// In the author's text.
    public let place: JSONPointer
    /// Where it holds, too: what is executed in a container is as the container's own process but for what it states.
    public let inherited: [JSONPointer]
  }

  public let steps: [Step]
  /// The change as a merge patch (RFC 7396): null takes out.
  public let patch: JSONValue
  /// The policy with the change.
  public let policy: Policy
  /// What the change admits and denies besides: see ``PolicyAnalysis/PolicyComparison``.
  public let comparison: PolicyComparison
  /// What lint says of the policy with the change and did not say before.
  public let findings: [SourceMessage]

  /// Looks for one.
  ///
  /// - Parameter compile: joins a policy with its images.
  public init(
    for command: HeldCommand, in source: PolicySource, entry: ByteString? = nil, running: [ByteString] = [],
    compile: (PolicySource) throws(SourceMessage) -> Policy
  ) throws(Problem) {
    let old: Policy
    do { old = try compile(source) } catch { throw .source(error) }
    var (value, policy) = (source.document.value, old)
    var steps: [Step] = []
    while true {
      let replay: Replay
      do { replay = try Replay(command, policy, entry: entry, running: running) } catch { throw .command(error) }
      let evaluation = replay.explanation.evaluation
      guard let violation = evaluation.violations.first else { break }
      // Each step answers a violation for good: more steps than violations there can be mean that one does not.
      guard steps.count < 256, !steps.suffix(1).contains(where: { $0.violation == violation }) else {
        throw .notAdmittable(violation)
      }
      guard let name = evaluation.entry else { throw .notAdmittable(violation) }
      let edit = PolicyEdit(entry: name, policy: policy, source: value, replay: replay)
      guard let change = try edit.change(for: violation) else { throw .notAdmittable(violation) }
      value = value.setting(change.place, to: change.value)
      steps.append(
        Step(violation: violation, place: change.place, inherited: Self.inherited(change.place, in: value)))
      do {
        policy = try compile(try PolicySource(JSONWriter.encode(value), named: "policy with the change"))
      } catch {
        // What the command has, no policy may say: a path with .., for example.
        throw .notAdmittable(violation)
      }
    }
    guard !steps.isEmpty else { throw .admitted }
    self.steps = steps
    self.policy = policy
    patch = JSONValue.mergePatch(from: source.document.value, to: value) ?? [:]
    comparison = PolicyComparison(old: old, new: policy)
    do {
      let known = Set(try source.lint().map { $0.lintKey })
      let formatted = try PolicySource(
        Array(try PolicyFormat.format(JSONWriter.encode(value), named: "policy.yaml").utf8),
        named: "policy with the change")
      findings = try formatted.lint().filter { !known.contains($0.lintKey) }
    } catch { throw .source(error) }
  }

  private static func inherited(_ place: JSONPointer, in source: JSONValue) -> [JSONPointer] {
    let tokens = place.tokens
    guard tokens.count >= 3, tokens[0] == "containers", tokens[2] != "exec",
      case .object(let execs)? = source.at(JSONPointer(tokens: [tokens[0], tokens[1], "exec"]))
    else { return [] }
    let inheriting: [ByteString] = [
      "env", "user", "cwd", "capabilities", "noNewPrivileges", "seccomp", "rlimits", "terminal", "stdio",
    ]
    guard inheriting.contains(tokens[2]) else { return [] }
    return execs.members.filter { $0.value.at(JSONPointer(tokens: [tokens[2]])) == nil }.map {
      JSONPointer(tokens: [tokens[0], tokens[1], "exec", $0.key] + Array(tokens[2...]))
    }
  }

  /// The change as an author writes it.
  public var text: String { YAMLPatch.text(patch) }
}

extension SourceMessage {
  fileprivate var lintKey: String { "\(code?.rawValue ?? "") \(message)" }
}

extension JSONValue {
  /// What makes one value of another (RFC 7396); nil where they are equal.
  static func mergePatch(from old: JSONValue, to new: JSONValue) -> JSONValue? {
    guard case .object(let before) = old, case .object(let after) = new else { return old == new ? nil : new }
    var patch = JSONObject()
    for (key, value) in after.members {
      if let was = before[key] { patch[key] = mergePatch(from: was, to: value) } else { patch[key] = value }
    }
    for (key, _) in before.members where after[key] == nil { patch[key] = .null }
    return patch.count == 0 ? nil : .object(patch)
  }
}

/// A merge patch as YAML.
enum YAMLPatch {
  static func text(_ patch: JSONValue) -> String { lines(patch, []).joined(separator: "\n") + "\n" }

  /// Parts whose members are rules, each in one line.
  private static let ofRules: [ByteString] = ["env", "scratch", "volumes", "limits", "rlimits"]

  private static func lines(_ value: JSONValue, _ path: [ByteString]) -> [String] {
    guard case .object(let object) = value else { return [flow(value)] }
    let space = String(repeating: " ", count: 2 * path.count)
    return object.members.flatMap { key, value -> [String] in
      let name = YAMLText.scalar(key)
      let isRule = path.last.map { ofRules.contains($0) } ?? false || key == "user" || key == "stdio"
      if case .object = value, !isRule { return ["\(space)\(name):"] + lines(value, path + [key]) }
      return ["\(space)\(name): \(flow(value))"]
    }
  }

  private static func flow(_ value: JSONValue) -> String {
    switch value {
    case .null: "null"
    case .bool(let bool): "\(bool)"
    case .integer(let number): "\(number)"
    case .string(let text): YAMLText.scalar(text)
    case .array(let elements): "[" + elements.map(flow).joined(separator: ", ") + "]"
    case .object(let object):
      "{" + object.members.map { "\(YAMLText.scalar($0.key)): \(flow($0.value))" }.joined(separator: ", ") + "}"
    }
  }
}
