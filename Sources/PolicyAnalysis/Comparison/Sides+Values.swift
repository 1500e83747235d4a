// Guarantees: where no gap is told, the second side admits every value that the first admits.
internal import Bytes
internal import Policy

/// One difference in values: a value that shows it, nil where none could be found.
struct ValueGap {
  let key: ByteString
  let value: ByteString?
  let has: String
  let lacks: String
}

extension Sides {
  /// A rule for a place that may be empty: without a matcher it must be.
  ///
  /// - Parameters:
  ///   - mayBeAbsent: whether a matcher admits also that there is no value, whatever it is.
  ///   - change: makes the command that shows the gap, from a value or from none.
  func gaps<Draft>(
    _ has: Matcher?, _ lacks: Matcher?, mayBeAbsent: Bool, _ change: @escaping (inout Draft, ByteString?) -> Void
  ) -> (has: String, lacks: String, change: ((inout Draft) -> Void)?)? {
    guard has != lacks else { return nil }
    let result = { (probe: ((inout Draft) -> Void)?) in (has.text, lacks.text, probe) }
    guard let has else {
      guard !mayBeAbsent, let lacks, !Language([lacks]).contains("") else { return nil }
      return result { change(&$0, nil) }
    }
    guard let lacks else {
      guard let value = sample([has]) else { return result(nil) }
      return result { change(&$0, value) }
    }
    switch inclusion([has], [lacks]) {
    case .included: return nil
    case .outside(let value): return result { change(&$0, value) }
    case .undecided: return result(nil)
    }
  }

  /// Rules by exact key, for values that need not be there.
  func gaps(_ has: [ByteString: Matcher], _ lacks: [ByteString: Matcher]) -> [ValueGap] {
    has.sorted { $0.key < $1.key }.compactMap { key, matcher in
      guard let other = lacks[key] else {
        return ValueGap(key: key, value: sample([matcher]), has: matcher.description, lacks: "nothing")
      }
      switch inclusion([matcher], [other]) {
      case .included: return nil
      case .outside(let value):
        return ValueGap(key: key, value: value, has: matcher.description, lacks: other.description)
      case .undecided: return ValueGap(key: key, value: nil, has: matcher.description, lacks: other.description)
      }
    }
  }

  /// Rules by pattern of the key, of which the first that fits decides. Keys that `exact` lists are not looked at.
  func gaps(_ has: [KeyRule], _ lacks: [KeyRule], besides exact: [ByteString] = []) -> [ValueGap] {
    guard has != lacks else { return [] }
    // Which rule fits may hang on what a name was bound to.
    guard (has + lacks).allSatisfy({ $0.key.names.isEmpty }) else {
      return [ValueGap(key: "", value: nil, has: "names with named holes", lacks: "other ones")]
    }
    let covered = Language(lacks.map { Matcher.pattern($0.key) } + exact.map(Matcher.exact))
    var gaps: [ValueGap] = []
    for rule in has {
      func tell(_ key: ByteString?, _ value: ByteString?, _ other: KeyRule?) {
        gaps.append(
          ValueGap(
            key: key ?? rule.key.text, value: key == nil ? nil : value, has: "\(rule.key.text)=\(rule.values.text)",
            lacks: other.map { "\($0.key.text)=\($0.values.text)" } ?? "nothing"))
      }
      guard !rule.values.isEmpty else { continue }
      let keys = Language([rule.key])
      switch keys.member(outside: covered) {
      case .found(let key): tell(key, sample(rule.values), nil)
      case .none: break
      case .exhausted: tell(nil, nil, nil)
      }
      for other in lacks {
        let shared = keys.member(sharedWith: Language([other.key]))
        guard shared != .none else { continue }
        let key: ByteString? = if case .found(let key) = shared { key } else { nil }
        switch inclusion(rule.values, other.values) {
        case .included: break
        case .outside(let value): tell(key, value, other)
        case .undecided: tell(nil, nil, other)
        }
      }
    }
    return gaps
  }
}

/// What values keys of a pattern may have; no values where none is admitted.
struct KeyRule: Equatable {
  let key: Pattern
  let values: [Matcher]
}
