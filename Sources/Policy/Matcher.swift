public import Bytes
public import StrictJSON

/// Which values a policy admits in one place.
public enum Matcher: Hashable, Sendable {
  case exact(ByteString)
  /// A decimal number, without `+` and leading zeros.
  case range(ClosedRange<Int64>)
  case pattern(Pattern)
  /// Any of these, tried in order; they do not nest.
  case oneOf([Matcher])

  /// Whether the value is admitted and agrees with the values bound so far; if so, named holes are bound.
  public func matches(_ value: ByteString, _ bindings: inout Bindings) -> Bool {
    switch self {
    case .exact(let expected): value == expected
    case .range(let range): Int64(decimal: value).map { range.contains($0) } ?? false
    case .pattern(let pattern): pattern.matches(value, &bindings)
    case .oneOf(let matchers): matchers.contains { $0.matches(value, &bindings) }
    }
  }
}

extension Matcher: CustomStringConvertible {
  /// What is expected, safe to print.
  public var description: String {
    switch self {
    case .exact(let value): "\"\(value)\""
    case .range(let range): "a number from \(range.lowerBound) to \(range.upperBound)"
    case .pattern(let pattern): "\"\(pattern.text)\""
    case .oneOf(let matchers): "one of " + matchers.map(\.description).joined(separator: ", ")
    }
  }

  /// What is expected where the value is a secret: exact values are shown by their length alone.
  var redacted: String {
    switch self {
    case .exact(let value): "<\(value.count) bytes>"
    case .range, .pattern: description
    case .oneOf(let matchers): "one of " + matchers.map(\.redacted).joined(separator: ", ")
    }
  }
}

extension Matcher: BundlePart {
  /// Reads a value or pattern as ``Pattern`` writes it, `{"range":[1,16]}` or `{"oneOf":[...]}`; what all values of a list
  /// begin or end with stands beside it as `prefix` or `suffix`.
  public init(json: JSONValue) throws(JSONError) {
    if case .string(let text) = json {
      self = try Matcher(text)
      return
    }
    self = try json.decodeObject { (members) throws(JSONError) in
      let range: BundleRange? = try members.optional("range")
      let alternatives: [Matcher]? = try members.optional("oneOf", as: MatcherList.self).map {
        (list) throws(JSONError) in
        try list.matchers(
          prefix: try members.optional("prefix") ?? "", suffix: try members.optional("suffix") ?? "")
      }
      switch (range, alternatives) {
      case (let range?, nil): return .range(range.range)
      case (nil, let matchers?):
        let isFlat = matchers.allSatisfy { if case .oneOf = $0 { false } else { true } }
        guard matchers.count > 1, isFlat else {
          throw JSONError(.refused("expected two or more values that are no lists themselves"))
        }
        return .oneOf(matchers)
      case _: throw JSONError(.refused("expected a string or one of range, oneOf"))
      }
    }
  }

  private init(_ text: ByteString) throws(JSONError) {
    guard text.bytes.contains(where: Pattern.isBrace) else {
      self = .exact(text)
      return
    }
    let pattern = try Pattern(json: .string(text))
    self = pattern.literal.map(Matcher.exact) ?? .pattern(pattern)
  }

  /// The form in the bundle.
  public var json: JSONValue {
    switch self {
    case .exact(let value): Pattern(literal: value).json
    case .range(let range): .object(["range": BundleRange(range: range).json])
    case .pattern(let pattern): pattern.json
    case .oneOf(let matchers): MatcherList(matchers).json
    }
  }
}

extension Pattern: BundlePart {
  /// Reads the text.
  public init(json: JSONValue) throws(JSONError) {
    let text = try ByteString(json: json)
    do { self = try Pattern(text) } catch { throw JSONError(.refused(error.description)) }
  }

  /// The text.
  public var json: JSONValue { .string(text) }
}
