internal import Bytes
internal import Policy
internal import StrictJSON

/// A place in which an entry admits more than one value.
struct Opening {
  /// As in the author's text.
  let place: JSONPointer
  let rule: String
}

extension PolicyInspection {
  /// What the entries leave to whoever sends a command, in the order of the entries.
  var openings: [Opening] {
    policy.containers.sorted { $0.key < $1.key }.flatMap { name, entry in
      let place = JSONPointer(tokens: ["containers", name])
      return openings(entry.process, at: place)
        + entry.limits.rules.sorted { $0.key.rawValue < $1.key.rawValue }.compactMap { resource, rule in
          guard rule.range.count > 1 || rule.isOptional else { return nil }
          return Opening(place: place / "limits" / ByteString(resource.rawValue), rule: rule.review)
        }
        + entry.exec.sorted { $0.key < $1.key }.flatMap { name, process in
          // What an exec entry has from its container is told there.
          openings(process, at: place / "exec" / name).filter { opening in
            opening.place.tokens.dropFirst(4).first != "env" || process.environment != entry.process.environment
          }
        }
    }
  }

  private func openings(_ process: ProcessRule, at place: JSONPointer) -> [Opening] {
    let arguments = process.arguments.enumerated().compactMap { index, matcher in
      matcher.isExact ? nil : Opening(place: place / "args" / index, rule: matcher.description)
    }
    let variables = process.environment.exact.sorted { $0.key < $1.key }.compactMap { name, rule in
      rule.value.isExact && !rule.isOptional ? nil : Opening(place: place / "env" / name, rule: rule.review)
    }
    let names = process.environment.patterns.map { name, rule in
      Opening(place: place / "env" / name.text, rule: rule.review)
    }
    return arguments + variables + names
  }
}

extension Matcher {
  fileprivate var isExact: Bool { if case .exact = self { true } else { false } }
}

extension EnvironmentRule {
  /// In words.
  var review: String { value.description + (isOptional ? ", may be left out" : "") }
}

extension LimitRule {
  /// In words.
  var review: String {
    (range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)")
      + (isOptional ? ", may be left out" : "")
  }
}
