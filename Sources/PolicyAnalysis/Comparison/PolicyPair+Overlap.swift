// Guarantees: where two entries of a policy may take the same command, a change of either is told as undecided: which of
// them takes a command hangs on the other.
internal import Bytes
internal import Policy
internal import StrictJSON

extension PolicyPair {
  var overlapDifferences: [Difference] {
    let (before, after) = (Processes(old), Processes(new))
    let pairs = before.overlaps.union(after.overlaps)
    return pairs.sorted { $0.places.map(\.text).lexicographicallyPrecedes($1.places.map(\.text)) }.compactMap { pair in
      let isSame = old.platform == new.platform && pair.places.allSatisfy { before.isSame($0, as: after) }
      guard !isSame else { return nil }
      return Difference(
        kind: .undecided, direction: .other, field: pair.places[1],
        old: "may take commands of \(pair.places[0])", new: "which of the two takes one may have changed", witness: nil)
    }
  }
}

/// The processes of a policy by their places.
private struct Processes {
  private let entries: [(place: JSONPointer, entry: ContainerEntry)]

  /// Two places of which one command may be for either.
  struct Pair: Hashable {
    let places: [JSONPointer]
  }

  init(_ policy: Policy) {
    entries = policy.entries.map { name, entry, _ in
      (name == Policy.sandboxName ? "/sandbox" : "/containers" / name, entry)
    }
  }

  var overlaps: Set<Pair> {
    var pairs = Self.pairs(entries.map { ($0.place, $0.entry.process) })
    for (place, entry) in entries {
      pairs.formUnion(Self.pairs(entry.exec.sorted { $0.key < $1.key }.map { (place / "exec" / $0.key, $0.value) }))
    }
    return pairs
  }

  func isSame(_ place: JSONPointer, as other: Processes) -> Bool {
    let whole = JSONPointer(tokens: Array(place.tokens.prefix(place.tokens[0] == "sandbox" ? 1 : 2)))
    return entries.first { $0.place == whole }?.entry == other.entries.first { $0.place == whole }?.entry
  }

  private static func pairs(_ rules: [(place: JSONPointer, rule: ProcessRule)]) -> Set<Pair> {
    var pairs: Set<Pair> = []
    for (index, left) in rules.enumerated() {
      for right in rules[(index + 1)...] where left.rule.mayOverlap(right.rule) {
        pairs.insert(Pair(places: [left.place, right.place]))
      }
    }
    return pairs
  }
}

extension ProcessRule {
  /// Whether one process could be admitted by both; false is certain.
  func mayOverlap(_ other: ProcessRule) -> Bool {
    guard arguments.count == other.arguments.count, user.uid == other.user.uid, user.gid == other.user.gid,
      workingDirectory == other.workingDirectory, capabilities == other.capabilities,
      noNewPrivileges == other.noNewPrivileges
    else { return false }
    return zip(arguments, other.arguments).allSatisfy { argument, other in
      Language([argument]).member(sharedWith: Language([other])) != .none
    }
  }
}
