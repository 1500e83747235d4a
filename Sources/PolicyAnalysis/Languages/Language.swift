// Guarantees: a search that finds a value found a right one, and one that finds none has looked at all there are.
internal import Bytes
internal import Policy

/// The values that matchers admit: all alternatives together.
struct Language {
  let machines: [Machine]

  /// Holes with a name that has a value in `names` stand for that value; the other names say nothing.
  init(_ matchers: [Matcher], names: [ByteString: ByteString] = [:]) {
    machines = matchers.flatMap(\.alternatives).map { Machine($0, names) }
  }

  init(_ patterns: [Pattern], names: [ByteString: ByteString] = [:]) {
    machines = patterns.map { Machine($0, names) }
  }

  func contains(_ value: ByteString) -> Bool { machines.contains { $0.accepts(value) } }

  /// A value, as short as can be; for what has a well-known look, one that looks like it.
  var sample: ByteString? {
    for machine in machines {
      let likely = ByteString(machine.symbols.flatMap { $0.likely })
      if machine.accepts(likely) { return likely }
      if case .found(let value) = Search(machine, []).run(until: { _ in true }) { return value }
    }
    return nil
  }

  /// A value that the other language lacks.
  func member(outside other: Language) -> Search.Result {
    search { machine in
      if let value = machine.onlyValue { return other.contains(value) ? .none : .found(value) }
      guard !other.machines.contains(where: { $0.symbols == machine.symbols }) else { return .none }
      return Search(machine, other.machines).run { !$0.contains(true) }
    }
  }

  /// A value that the other language has, too.
  func member(sharedWith other: Language) -> Search.Result {
    search { machine in
      if let value = machine.onlyValue { return other.contains(value) ? .found(value) : .none }
      return Search(machine, other.machines, needsOther: true).run { $0.contains(true) }
    }
  }

  private func search(_ body: (Machine) -> Search.Result) -> Search.Result {
    var isExhausted = false
    for machine in machines {
      switch body(machine) {
      case .found(let value): return .found(value)
      case .none: break
      case .exhausted: isExhausted = true
      }
    }
    return isExhausted ? .exhausted : .none
  }
}

extension Machine {
  init(_ matcher: Matcher, _ names: [ByteString: ByteString]) {
    switch matcher {
    case .exact(let value): self.init([.literal(value.bytes)])
    case .range(let range): self.init([.number(Decimal(range))])
    case .pattern(let pattern): self.init(pattern, names)
    case .oneOf: preconditionFailure("lists of values do not nest")
    }
  }

  init(_ pattern: Pattern, _ names: [ByteString: ByteString]) {
    self.init(
      pattern.segments.map { segment in
        switch segment {
        case .literal(let literal): .literal(literal.bytes)
        case .hole(let kind, let name):
          if let value = name.flatMap({ names[$0] }) { .literal(kind.written(value).bytes) } else { .hole(kind) }
        }
      })
  }
}

extension Machine.Symbol {
  fileprivate var likely: [UInt8] {
    switch self {
    case .literal(let literal): literal
    case .hole(let kind): kind.example.bytes
    case .number(let number): number.positive?.low ?? number.negative.map { [UInt8(ascii: "-")] + $0.low } ?? []
    }
  }
}

extension Matcher {
  /// The values or patterns that it stands for, none of them a list.
  var alternatives: [Matcher] {
    switch self {
    case .exact, .range, .pattern: [self]
    case .oneOf(let matchers): matchers
    }
  }
}
