public import Bytes
internal import Policy
internal import PolicyAuthoring
public import StrictJSON

/// A place of a policy where commands differ, and what was made of it.
public struct LearnedRule: Sendable {
  /// As in the policy's text.
  public let place: JSONPointer
  /// What was seen, each once, in the order of the log.
  public let values: [ByteString]
  /// As the policy states it.
  public let rule: String
}

/// The values of an entry: in each place, what was seen in its commands.
struct LearnedValues {
  struct Place {
    let pointer: JSONPointer
    /// A name for a hole whose value stands in other places too.
    let name: ByteString?
    let values: [ByteString?]
    var isOptional = false
  }

  private var texts: [JSONPointer: String] = [:]
  private(set) var rules: [LearnedRule] = []

  /// Generalises; a hole that has the same value as another one in each command gets its name.
  init(_ places: [Place], _ contexts: [[ByteString: ByteString]]) throws(JSONError) {
    let generalised = places.map { ($0, Generalisation($0.values, contexts).rule) }
    var uses: [(part: Generalisation.Part, count: Int, name: ByteString?)] = []
    for (place, rule) in generalised {
      guard case .pattern(let parts) = rule else { continue }
      for part in parts {
        guard case .hole = part else { continue }
        if let index = uses.firstIndex(where: { $0.part == part }) {
          uses[index].count += 1
          uses[index].name = uses[index].name ?? place.name
        } else {
          uses.append((part, 1, place.name))
        }
      }
    }
    let names = { (part: Generalisation.Part) -> ByteString? in
      uses.firstIndex { $0.part == part && $0.count > 1 }.map { uses[$0].name ?? ByteString("same\($0 + 1)") }
    }
    for (place, rule) in generalised {
      let text = try Self.text(rule, names)
      texts[place.pointer] = Self.optional(text, rule, place.isOptional)
      var seen: [ByteString] = []
      for value in place.values.compactMap(\.self) where !seen.contains(value) { seen.append(value) }
      guard seen.count > 1 || place.isOptional else { continue }
      rules.append(LearnedRule(place: place.pointer, values: seen, rule: texts[place.pointer] ?? text))
    }
  }

  /// The value as the policy states it.
  subscript(pointer: JSONPointer) -> String { texts[pointer] ?? "\"\"" }

  private static func text(
    _ rule: Generalisation.Rule, _ names: (Generalisation.Part) -> ByteString?
  ) throws(JSONError) -> String {
    switch rule {
    case .exact(let value): return YAMLText.scalar(value)
    case .range(let range): return "{range: [\(range.lowerBound), \(range.upperBound)]}"
    case .oneOf(let values): return "{oneOf: [\(values.map(YAMLText.scalar).joined(separator: ", "))]}"
    case .pattern(let parts):
      guard let draft = Generalisation.pattern(parts, names: names) else {
        throw JSONError(.refused("no pattern can state what was seen"))
      }
      return try draft.yaml()
    }
  }

  private static func optional(_ text: String, _ rule: Generalisation.Rule, _ isOptional: Bool) -> String {
    guard isOptional else { return text }
    if case .exact = rule { return "{value: \(text), optional: true}" }
    return "{\(text.dropFirst().dropLast()), optional: true}"
  }
}

extension LearnedRule {
  /// What stands above the rule in the policy.
  var note: String {
    let shown = values.prefix(4).map {
      $0.count > 60 ? ByteString($0.bytes.prefix(60)).description + "..." : $0.description
    }
    let more = values.count > shown.count ? " and \(values.count - shown.count) more" : ""
    return "seen: \(shown.joined(separator: ", "))\(more)"
  }
}
