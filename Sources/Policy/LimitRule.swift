import Bytes
import RuntimeSpec
public import StrictJSON

/// A resource whose limit a command may state (cgroups(7)).
public enum LimitedResource: String, JSONEnumeration {
  /// Bytes.
  case memory
  /// Bytes.
  case memoryReservation
  /// Memory and swap together, bytes.
  case memorySwap
  /// Processes and threads.
  case pids
  case cpuShares
  /// Microseconds in each period.
  case cpuQuota
  /// Microseconds.
  case cpuPeriod
}

/// The range in which a limit may lie.
public struct LimitRule: Equatable, Sendable {
  /// Both ends included; -1 is no limit.
  public var range: ClosedRange<Int64>
  /// Whether the command may leave the limit out; under a rule of an entry the upper end holds then.
  public var isOptional: Bool

  /// States a range.
  public init(range: ClosedRange<Int64>, isOptional: Bool = false) {
    (self.range, self.isOptional) = (range, isOptional)
  }
}

extension LimitRule: BundlePart {
  /// Reads `16`, `[1,16]` or `{"optional":[1,16]}`.
  public init(json: JSONValue) throws(JSONError) {
    let part = BundleRule(json: json)
    self.init(range: try BundleRange(json: part.rule).range, isOptional: part.isOptional)
  }

  /// The form in the bundle.
  public var json: JSONValue { BundleRule(BundleRange(range: range).json, isOptional: isOptional).json }
}

/// The rules of several resources.
public struct LimitRules: Equatable, Sendable {
  /// The rules; a resource without one must not be limited by the command.
  public var rules: [LimitedResource: LimitRule]

  /// States rules.
  public init(_ rules: [LimitedResource: LimitRule] = [:]) { self.rules = rules }
}

extension LimitRules: BundlePart {
  /// Reads an object with a member for each resource that has a rule.
  public init(json: JSONValue) throws(JSONError) {
    rules = try json.decodeObject { (members) throws(JSONError) in
      var rules: [LimitedResource: LimitRule] = [:]
      for resource in LimitedResource.allCases { rules[resource] = try members.optional(resource.rawValue) }
      return rules
    }
  }

  /// The form in the bundle.
  public var json: JSONValue {
    var object = JSONObject()
    for (resource, rule) in rules { object.add(ByteString(resource.rawValue), rule) }
    return .object(object)
  }
}

/// One limit of getrlimit(2), stated exactly; the greatest number stands for no limit.
public struct RlimitRule: Equatable, Sendable {
  public var soft: UInt64
  public var hard: UInt64

  /// States a limit.
  public init(soft: UInt64, hard: UInt64) { (self.soft, self.hard) = (soft, hard) }
}

extension RlimitRule: BundlePart {
  /// Reads `{"hard":1024,"soft":1024}`; `"unlimited"` stands for no limit.
  public init(json: JSONValue) throws(JSONError) {
    self = try json.decodeObject { (members) throws(JSONError) in
      let soft: Bound = try members.required("soft")
      let hard: Bound = try members.required("hard")
      guard soft.value <= hard.value else { throw JSONError(.refused("expected soft to be at most hard")) }
      return RlimitRule(soft: soft.value, hard: hard.value)
    }
  }

  /// The form in the bundle.
  public var json: JSONValue { ["hard": Bound(value: hard).json, "soft": Bound(value: soft).json] }

  private struct Bound: BundlePart {
    let value: UInt64

    init(value: UInt64) { self.value = value }

    init(json: JSONValue) throws(JSONError) {
      if case .string("unlimited") = json {
        value = .max
      } else {
        value = try UInt64(json: json)
        try value.checkPortable()
      }
    }

    var json: JSONValue { value == .max ? "unlimited" : JSONValue(value) }
  }
}

/// Where the soft and the hard limit of getrlimit(2) may lie.
public struct RlimitRange: Equatable, Sendable {
  /// Both ends included.
  public var range: ClosedRange<Int64>

  /// States a range.
  public init(_ range: ClosedRange<Int64>) { self.range = range }

  func contains(_ limit: Rlimit) -> Bool {
    limit.soft <= limit.hard && [limit.soft, limit.hard].allSatisfy { Int64(exactly: $0).map(range.contains) ?? false }
  }
}

extension RlimitRange: CustomStringConvertible {
  /// What is expected, in words.
  public var description: String { "from \(range.lowerBound) to \(range.upperBound)" }
}

extension RlimitRange: BundlePart {
  /// Reads `[1024,1048576]`.
  public init(json: JSONValue) throws(JSONError) {
    range = try BundleRange(json: json).range
    guard range.lowerBound >= 0 else { throw JSONError(.refused("expected numbers from 0")) }
  }

  /// The form in the bundle.
  public var json: JSONValue { BundleRange(range: range).json }
}
