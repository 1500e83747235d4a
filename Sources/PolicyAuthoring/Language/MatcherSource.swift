internal import Bytes
internal import Policy
internal import StrictJSON

/// A value as an author writes it: `exact`, `{pattern: "{ipv4}"}`, `{range: [1, 16]}` or `{oneOf: [...]}`.
struct MatcherSource: JSONDecodable {
  let matcher: Matcher

  init(json: JSONValue) throws(JSONError) {
    switch json {
    case .string(let value): matcher = .exact(value)
    case .object:
      matcher = try json.decodeObject { (members) throws(JSONError) in
        let range: RangeSource? = try members.optional("range")
        let pattern: Pattern? = try members.optional("pattern")
        let alternatives: [MatcherSource]? = try members.optional("oneOf")
        switch (range, pattern, alternatives) {
        case (let range?, nil, nil): return .range(range.range)
        case (nil, let pattern?, nil):
          guard !pattern.isLiteral else { throw .value(expected: "a pattern with a hole", found: pattern.text) }
          return .pattern(pattern)
        case (nil, nil, let alternatives?): return try Self.list(alternatives.map(\.matcher))
        case _: throw JSONError(.refused("expected a string or one of range, pattern, oneOf"))
        }
      }
    // A number where a string belongs is told as that.
    case .null, .bool, .integer, .array: throw .type(expected: "string", found: json)
    }
  }

  private static func list(_ matchers: [Matcher]) throws(JSONError) -> Matcher {
    let isFlat = matchers.allSatisfy { if case .oneOf = $0 { false } else { true } }
    guard matchers.count > 1, isFlat else {
      throw JSONError(.refused("expected two or more values that are no lists themselves"))
    }
    return .oneOf(matchers)
  }
}

/// `[FROM, TO]`, both included.
private struct RangeSource: JSONDecodable {
  let range: ClosedRange<Int64>

  init(json: JSONValue) throws(JSONError) {
    let bounds = try [Int64](json: json)
    guard bounds.count == 2, bounds[0] <= bounds[1] else {
      throw JSONError(.refused("expected two numbers, the smaller one first"))
    }
    for bound in bounds { try bound.checkPortable() }
    range = bounds[0]...bounds[1]
  }
}
