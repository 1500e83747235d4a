import Bytes
import StrictJSON

/// A command held against one entry: what does not fit is collected, and what fits makes the plan.
struct Attempt {
  let policy: Policy
  let node: NodeState
  /// As in ``Evaluation/entry``.
  var name: ByteString?
  var entry: ContainerEntry?
  var shape: PlatformShape?
  /// The container that the command is about, where it is there already.
  var container: NodeState.Container?
  var bindings = Bindings()
  private(set) var violations: [Violation] = []
  var trace: [Evaluation.Section] = []
  /// As in ``Evaluation/stated``.
  var stated: StatedValues?
  /// What to do if there are no violations.
  var plan: Plan?

  init(policy: Policy, node: NodeState) {
    (self.policy, self.node) = (policy, node)
  }

  init(policy: Policy, node: NodeState, name: ByteString, entry: ContainerEntry, shape: PlatformShape) {
    (self.policy, self.node, self.name, self.entry, self.shape) = (policy, node, name, entry, shape)
  }

  mutating func deny(_ code: ViolationCode, at pointer: JSONPointer, expected: String, got actual: String) {
    deny(Violation(code, at: pointer, expected: expected, got: actual))
  }

  /// Another image brings other arguments and variables along: the cause is told before what follows from it.
  mutating func deny(_ violation: Violation) {
    if violation.code == .imageReference { violations.insert(violation, at: 0) } else { violations.append(violation) }
  }

  mutating func denyUnknown(_ id: ContainerID) {
    deny(.containerUnknown, at: "", expected: "the id of a container of this node", got: id.bytes.quoted)
  }

  /// Denies where a field that nothing admits is there.
  mutating func deny<Value>(
    _ code: ViolationCode, at pointer: @autoclosure () -> JSONPointer, ifPresent value: Value?
  ) {
    if value != nil { deny(code, at: pointer(), expected: "nothing", got: "a value") }
  }

  mutating func require(_ statuses: [NodeState.Status], of container: NodeState.Container) {
    guard !statuses.contains(container.status) else { return }
    let expected = statuses.map { "\($0)" }.joined(separator: " or ")
    deny(.lifecycle, at: "", expected: "a container that is \(expected)", got: "one that is \(container.status)")
  }

  /// Whether the value is admitted; if not, that is a violation. No matcher means that there must be no value, and a
  /// matcher that admits the empty string that there need not be one.
  mutating func check(
    _ value: ByteString?, _ matcher: Matcher?, _ code: ViolationCode, at pointer: @autoclosure () -> JSONPointer
  ) {
    switch (value, matcher) {
    case (nil, nil): break
    case (let value?, let matcher?):
      if !matcher.matches(value, &bindings) {
        deny(code, at: pointer(), expected: matcher.description, got: value.quoted)
      }
    case (let value?, nil): deny(code, at: pointer(), expected: "nothing", got: value.quoted)
    case (nil, let matcher?):
      if !matcher.matches("", &bindings) {
        deny(code, at: pointer(), expected: matcher.description, got: "nothing")
      }
    }
  }
}
