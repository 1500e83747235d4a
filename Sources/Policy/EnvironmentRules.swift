public import Bytes
public import StrictJSON

/// Which value an environment variable may have.
public struct EnvironmentRule: Equatable, Sendable {
  public var value: Matcher
  /// Whether the variable may be left out.
  public var isOptional: Bool

  /// States a rule.
  public init(_ value: Matcher, isOptional: Bool = false) { (self.value, self.isOptional) = (value, isOptional) }
}

extension EnvironmentRule: BundlePart {
  /// Reads a matcher, or `{"optional":MATCHER}`.
  public init(json: JSONValue) throws(JSONError) {
    let part = BundleRule(json: json)
    self.init(try Matcher(json: part.rule), isOptional: part.isOptional)
  }

  /// The form in the bundle.
  public var json: JSONValue { BundleRule(value.json, isOptional: isOptional).json }
}

/// The environment of a process: a variable without a rule is refused.
public struct EnvironmentRules: Equatable, Sendable {
  /// Rules by exact name.
  public private(set) var exact: [ByteString: EnvironmentRule] = [:]
  /// Rules for names with holes; they are always optional.
  public private(set) var patterns: [(name: Pattern, rule: EnvironmentRule)] = []

  /// No variables.
  public init() {}

  /// Adds a rule for a name, or for a pattern of names (`KUBERNETES_PORT_{port}_TCP`).
  public mutating func add(_ name: ByteString, _ rule: EnvironmentRule) throws(JSONError) {
    guard !name.isEmpty, !name.bytes.contains(UInt8(ascii: "=")) else {
      throw .value(expected: "a name without =", found: name)
    }
    let pattern = try Pattern(json: .string(name))
    if pattern.isLiteral {
      exact[name] = rule
    } else {
      guard rule.isOptional else { throw JSONError(.refused("expected a pattern of names to be optional")) }
      patterns.append((pattern, rule))
      patterns.sort { $0.name.text < $1.name.text }
    }
  }

  /// Equal rules for equal names.
  public static func == (left: EnvironmentRules, right: EnvironmentRules) -> Bool {
    left.exact == right.exact && left.patterns.elementsEqual(right.patterns) { $0 == $1 }
  }
}

extension EnvironmentRules: BundlePart {
  /// Reads an object of names or patterns of names.
  public init(json: JSONValue) throws(JSONError) {
    let object = try JSONObject(json: json)
    for (name, value) in object.members {
      do { try add(name, try EnvironmentRule(json: value)) } catch { throw error.under(name) }
    }
  }

  /// The form in the bundle.
  public var json: JSONValue {
    var object = JSONObject()
    for (name, rule) in exact { object.add(name, rule) }
    for (name, rule) in patterns { object.add(name.text, rule) }
    return .object(object)
  }

  /// Whether there are no rules.
  public var isEmpty: Bool { exact.isEmpty && patterns.isEmpty }
}
