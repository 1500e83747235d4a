// Guarantees: `LINT-DEAD` only where inclusion is proved; what cannot be proved apart is told as an overlap.
internal import Bytes
internal import Policy
public import PolicyAuthoring
internal import StrictJSON

extension PolicySource {
  /// Everything that there is to say about the policy, without its images, in the order of the text: what `check` says,
  /// and what only a comparison of its parts shows.
  public func lint() throws(SourceMessage) -> [SourceMessage] {
    let compiled = try compileWithoutImages()
    let found = PolicyLint(compiled.policy).findings.map { document.message($0.code, at: $0.place, $0.text) }
    return (compiled.messages + found).sorted {
      ($0.place.line, $0.place.column, $0.message) < ($1.place.line, $1.place.column, $1.message)
    }
  }
}

/// What the parts of a policy say to one another.
struct PolicyLint {
  struct Finding {
    let code: LintCode
    let place: JSONPointer
    let text: String

    init(_ code: LintCode, at place: JSONPointer, _ text: String) {
      (self.code, self.place, self.text) = (code, place, text)
    }
  }

  private let scenes: [Scene]

  init(_ policy: Policy) {
    let names = Names([policy])
    scenes = policy.entries.filter { $0.name != Policy.sandboxName }.map { name, entry, shape in
      Scene(policy: policy, name: name, entry: entry, shape: shape, names: names)
    }
  }

  var findings: [Finding] {
    pairs(scenes).flatMap(entryFindings)
      + scenes.flatMap { scene in
        let place = "/containers" / scene.name
        let own = execFindings(scene, place) + entryFindings(scene.entry, place) + gpuFindings(scene.entry, place)
        return own + variableFindings(scene.entry.process, place)
          + scene.entry.exec.flatMap { name, rule in
            rule.environment == scene.entry.process.environment ? [] : variableFindings(rule, place / "exec" / name)
          }
      }
  }

  /// Two entries that may take the same command: the first by name does.
  private func entryFindings(_ first: Scene, _ second: Scene) -> [Finding] {
    guard first.entry.process.mayOverlap(second.entry.process) else { return [] }
    let place = "/containers" / second.name
    let sides = Sides(first: second, second: first, place: place)
    guard sides.createGaps.isEmpty else {
      return [
        Finding(
          .overlap, at: place,
          "a command may be for \(first.name) as well as for \(second.name): \(first.name) takes it, being first by name"
        )
      ]
    }
    return [
      Finding(
        .dead, at: place,
        "every command of \(second.name) is one of \(first.name), which takes as many as it may have before it")
    ]
  }

  private func execFindings(_ scene: Scene, _ place: JSONPointer) -> [Finding] {
    let rules = scene.entry.exec.sorted { $0.key < $1.key }
    return pairs(rules).flatMap { first, second -> [Finding] in
      guard first.value.mayOverlap(second.value) else { return [] }
      let place = place / "exec" / second.key
      let sides = Sides(first: scene, second: scene, place: place)
      return [
        sides.gaps(second.value, first.value).isEmpty
          ? Finding(.dead, at: place, "every command of \(second.key) is one of \(first.key), which comes before it")
          : Finding(.overlap, at: place, "a command may be for \(first.key) as well as for \(second.key)")
      ]
    }
  }

  private func pairs<Element>(_ elements: [Element]) -> [(Element, Element)] {
    elements.indices.flatMap { index in elements[(index + 1)...].map { (elements[index], $0) } }
  }
}
