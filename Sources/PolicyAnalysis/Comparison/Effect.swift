// Guarantees: every field that changes what an admitted command does, and not whether it is admitted, is compared here.
internal import Bytes
internal import Policy
internal import StrictJSON

/// What a command does otherwise under another policy that admits it, too.
struct Effect {
  let field: JSONPointer
  let old: String
  let new: String
  /// Whether the new one gives more, where one of the two gives more.
  let direction: Difference.Direction
  /// A command that both admit.
  let probe: Gap.Probe
}

/// The effects of one entry under an old and a new policy.
struct Effects {
  let old: Scene
  let new: Scene
  let place: JSONPointer

  var all: [Effect] {
    programEffects + scratchEffects + volumeEffects + sharedEffects + gpuEffects + ceilingEffects + forcedEffects
      + processEffects(old.entry.process, new.entry.process, at: place, .plainCreate)
      + old.entry.exec.sorted { $0.key < $1.key }.flatMap { name, rule in
        new.entry.exec[name].map { processEffects(rule, $0, at: place / "exec" / name, .exec(name, { _ in })) } ?? []
      }
  }

  private func effect(
    _ field: JSONPointer, _ old: String, _ new: String, _ direction: Difference.Direction,
    _ probe: Gap.Probe = .plainCreate
  ) -> Effect {
    Effect(field: field, old: old, new: new, direction: direction, probe: probe)
  }

  private var programEffects: [Effect] {
    switch (old.entry.program, new.entry.program) {
    case (.pause, .pause): []
    case (.image(let name), .image(let other)): imageEffects(name, other, at: place / "image")
    case (.pause, .image), (.image, .pause): [effect(place / "image", "another program", "another program", .other)]
    }
  }

  private var volumeEffects: [Effect] {
    Set(old.entry.volumes.keys).union(new.entry.volumes.keys).sorted().flatMap { path -> [Effect] in
      let field = place / "volumes" / path
      switch (old.entry.volumes[path], new.entry.volumes[path]) {
      case (let name?, let other?): return imageEffects(name, other, at: field)
      case (let name, let other):
        return [effect(field, name?.description ?? "none", other?.description ?? "none", .other)]
      }
    }
  }

  private var sharedEffects: [Effect] {
    Set(old.entry.shared.keys).union(new.entry.shared.keys).sorted().flatMap { path -> [Effect] in
      let (has, other) = (old.entry.shared[path], new.entry.shared[path])
      guard has != other else { return [] }
      let direction: Difference.Direction =
        has?.name == other?.name ? (other?.isReadOnly == true ? .narrower : .wider) : .other
      return [effect(place / "shared" / path, has.text, other.text, direction)]
    }
  }

  /// The name and the references of an image do not say what is in it.
  private func imageEffects(_ name: ByteString, _ other: ByteString, at field: JSONPointer) -> [Effect] {
    let (left, right) = (old.policy.images[name], new.policy.images[other])
    guard
      left?.geometry != right?.geometry || left?.integrity != right?.integrity || left?.encryption != right?.encryption
    else { return [] }
    return [effect(field, left.text, right.text, .other)]
  }

  private var scratchEffects: [Effect] {
    Set(old.entry.scratch.keys).union(new.entry.scratch.keys).sorted().flatMap { path -> [Effect] in
      let (has, other) = (old.entry.scratch[path], new.entry.scratch[path])
      guard has != other else { return [] }
      let direction: Difference.Direction =
        switch (has, other) {
        // What the platform mounts there comes to light, or is hidden.
        case (nil, _) where hasMount(path), (_, nil) where hasMount(path): .other
        case (nil, _): .wider
        case (_, nil): .narrower
        case (let has?, let other?):
          if has.mode != other.mode || has.hugePages != other.hugePages {
            .other
          } else if other.size >= has.size, other.executable || !has.executable {
            .wider
          } else if other.size <= has.size, has.executable || !other.executable {
            .narrower
          } else {
            .other
          }
        }
      return [effect(place / "scratch" / path, has.text, other.text, direction)]
    }
  }

  private func hasMount(_ path: ByteString) -> Bool {
    (old.shape.mounts + new.shape.mounts).contains { $0.destination == path }
  }

  /// Where a command leaves a limit out, or sends 0, the upper end of the entry's rule holds.
  private var ceilingEffects: [Effect] {
    LimitedResource.allCases.flatMap { resource -> [Effect] in
      let (has, other) = (old.entry.limits.rules[resource], new.entry.limits.rules[resource])
      let rules = [old.limit(resource), new.limit(resource)]
      let canBeOmitted = rules.allSatisfy { $0?.isOptional ?? true }
      let canBeZero = rules.allSatisfy { $0?.range.contains(0) ?? false }
      guard canBeOmitted || canBeZero, has?.range.upperBound != other?.range.upperBound else { return [] }
      let ceiling = { (rule: LimitRule?) in rule.flatMap { $0.range.upperBound == -1 ? nil : $0.range.upperBound } }
      let direction: Difference.Direction =
        switch (ceiling(has), ceiling(other)) {
        case (let has?, let other?): other > has ? .wider : .narrower
        case (nil, _?): .narrower
        case (_?, nil): .wider
        case (nil, nil): .other
        }
      let text = { (rule: LimitRule?) in rule.map { "\($0.range.upperBound)" } ?? "as the platform has it" }
      return [
        effect(
          place / "limits" / ByteString(resource.rawValue), "if left out, " + text(has), "if left out, " + text(other),
          direction, .create({ $0.limits[resource] = canBeOmitted ? nil : 0 }))
      ]
    }
  }

  /// What a mount of the platform gets in any case.
  private var forcedEffects: [Effect] {
    old.numberedMounts.flatMap { mount -> [Effect] in
      let match = new.numberedMounts.first {
        $0.rule.destination == mount.rule.destination && $0.occurrence == mount.occurrence
      }
      guard let rule = match?.rule, rule.use != mount.rule.use else { return [] }
      let (forced, other) = (mount.rule.forced, rule.forced)
      let direction: Difference.Direction =
        rule.isDiscarded != mount.rule.isDiscarded
        ? .other : forced.isSuperset(of: other) ? .wider : other.isSuperset(of: forced) ? .narrower : .other
      let scene = old
      return [
        effect(
          "/platform" / (old.entry.program == .pause ? "sandbox" : "container") / "mounts" / mount.rule.destination,
          mount.rule.use, rule.use, direction,
          .create({ draft in
            draft.mounts =
              ConfigurationDraft.mounts(scene.entry, scene.shape, scene.names, including: [mount.index])
              ?? draft.mounts
          }))
      ]
    }
  }
}
