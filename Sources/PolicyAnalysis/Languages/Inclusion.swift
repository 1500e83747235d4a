// Guarantees: `included` is proved, names of holes and the order of alternatives counted in; `outside` is a value that
// was found; everything else is `undecided`.
internal import Bytes
internal import Policy

/// Whether all that some matchers admit is admitted by others.
enum Inclusion: Equatable {
  case included
  /// A value that only the first admit.
  case outside(ByteString)
  case undecided

  /// - Parameter names: the values that named holes have in the command that a value is looked for.
  init(_ matchers: [Matcher], in others: [Matcher], names: [ByteString: ByteString]) {
    self = .included
    guard matchers != others else { return }
    for matcher in matchers.flatMap(\.alternatives) {
      switch Self.single(matcher, others, names) {
      case .included: break
      case .outside(let value):
        self = .outside(value)
        return
      case .undecided: self = .undecided
      }
    }
  }

  private static func single(_ matcher: Matcher, _ others: [Matcher], _ names: [ByteString: ByteString]) -> Inclusion {
    let whole = Language([matcher]).member(outside: Language(others))
    if whole == .none, others.allSatisfy(\.isNameless) || others == [matcher] || others.binds(nothingBeyond: matcher) {
      return .included
    }
    // With the names of this command, a hole of a name admits one value.
    switch Language([matcher], names: names).member(outside: Language(others, names: names)) {
    case .found(let value): return .outside(value)
    case .none, .exhausted: return .undecided
    }
  }
}

extension Matcher {
  /// Whether no hole has a name.
  var isNameless: Bool {
    alternatives.allSatisfy { if case .pattern(let pattern) = $0 { pattern.names.isEmpty } else { true } }
  }
}

extension [Matcher] {
  /// Whether the one pattern that this is binds no name that the other one does not bind in the same place. In a list
  /// the first pattern that fits would bind, whichever it is: nothing is claimed of lists.
  fileprivate func binds(nothingBeyond other: Matcher) -> Bool {
    guard count == 1, case .pattern(let pattern) = self[0], case .pattern(let other) = other,
      pattern.segments.count == other.segments.count
    else { return false }
    return zip(pattern.segments, other.segments).allSatisfy { segment, other in
      switch (segment, other) {
      case (.literal, .literal): segment == other
      case (.hole(_, name: nil), .hole): true
      case (.hole(let kind, let name?), .hole(let otherKind, let otherName)): kind == otherKind && name == otherName
      case (.literal, .hole), (.hole, .literal): false
      }
    }
  }
}
