// Guarantees: a suggestion is handed out only after the policy with it has been compiled and admits the command.
internal import Bytes
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
    /// The closest entry is of another image, or it shall not be changed; and why it cannot have one of its own.
    case noEntry(reason: String)
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
      case .noEntry(let reason): "no entry of its own admits it: \(reason)"
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

  /// The author's policy with the change.
  private let value: JSONValue

  /// Looks for one: a change of the closest entry or, where that one is of another image, an entry of its own.
  ///
  /// - Parameters:
  ///   - images: of the policy; without them no entry is made.
  ///   - isNewEntry: whether there shall be an entry of its own in any case.
  ///   - compile: joins a policy with its images.
  public init(
    for command: HeldCommand, in source: PolicySource, surroundings: Surroundings = Surroundings(),
    images: ImageLock? = nil, isNewEntry: Bool = false, compile: (PolicySource) throws(SourceMessage) -> Policy
  ) throws(Problem) {
    var draft: Draft
    do { draft = Draft(source.document.value, try compile(source), command, surroundings) } catch {
      throw .source(error)
    }
    let old = draft.policy
    if isNewEntry {
      try draft.addEntry(images, because: nil, compile)
    } else {
      do { try draft.change(compile) } catch .notAdmittable(let violation)
        where violation.code == .imageReference && images != nil
      {
        try draft.addEntry(images, because: violation, compile)
      }
    }
    guard !draft.steps.isEmpty else { throw .admitted }
    (steps, policy, value) = (draft.steps, draft.policy, draft.value)
    patch = value.mergePatch(from: source.document.value) ?? [:]
    comparison = PolicyComparison(old: old, new: policy)
    do {
      let known = Set(try source.lint().map { $0.lintKey })
      let formatted = try PolicySource(
        Array(try PolicyFormat.format(JSONWriter.encode(value), named: "policy.yaml").utf8),
        named: "policy with the change")
      findings = try formatted.lint().filter { !known.contains($0.lintKey) }
    } catch { throw .source(error) }
  }

  /// The author's text with the change: in the form of `wardctl policy fmt`, with its comments.
  public func text(of source: PolicySource) throws(SourceMessage) -> String {
    try PolicyFormat.format(source, changedTo: value)
  }

  /// The change as an author writes it.
  public var text: String { YAMLPatch.text(patch) }
}

extension SourceMessage {
  fileprivate var lintKey: String { "\(code?.rawValue ?? "") \(message)" }
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
