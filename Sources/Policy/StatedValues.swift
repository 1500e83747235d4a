public import Bytes

/// Which values of a process the policy itself tells: whoever knows the bundle, and everyone may, learns nothing more
/// from a record that repeats them.
public struct StatedValues: Sendable {
  let own: EnvironmentRules
  let platform: EnvironmentRules
  let arguments: [Matcher]

  /// Whether the value of a variable is one that the entry names, or of the form that the platform gives it (the name
  /// of the pod, the address of a service). What a pattern of the entry admits may be a secret.
  public func tell(variable name: ByteString, value: ByteString) -> Bool {
    if let rule = own.exact[name] { return rule.value.tells(value) }
    var bindings = Bindings()
    if let rule = platform.exact[name] { return rule.value.matches(value, &bindings) }
    for (pattern, rule) in own.patterns where pattern.matches(name, &bindings) { return rule.value.tells(value) }
    for (pattern, rule) in platform.patterns where pattern.matches(name, &bindings) {
      return rule.value.matches(value, &bindings)
    }
    return false
  }

  /// Whether an argument is one that the entry names at this place.
  public func tell(argument: ByteString, at index: Int) -> Bool {
    arguments.indices.contains(index) && arguments[index].tells(argument)
  }
}

extension Matcher {
  /// Whether the matcher says the value, give or take a number within a range.
  fileprivate func tells(_ value: ByteString) -> Bool {
    switch self {
    case .exact(let expected): value == expected
    case .range(let range): Int64(decimal: value).map { range.contains($0) } ?? false
    case .pattern: false
    case .oneOf(let matchers): matchers.contains { $0.tells(value) }
    }
  }
}
