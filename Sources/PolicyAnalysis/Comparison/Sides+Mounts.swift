// Guarantees: where no gap is told, every list of mounts that the first side admits is admitted by the second: there is
// a rule for each, in the same order where places are nested, and no rule that asks for more.
internal import Bytes
internal import Policy
internal import StrictJSON

extension Sides {
  var mountGaps: [Gap] {
    let isSame =
      first.shape.mounts == second.shape.mounts && first.shape.volumes == second.shape.volumes
      && first.ownPlaces == second.ownPlaces
    return isSame ? [] : ruleGaps + ownGaps
  }

  /// The rules of the platform at places that are not the entry's own.
  private var ruleGaps: [Gap] {
    let (mine, theirs) = (first.numberedMounts, second.numberedMounts)
    var gaps: [Gap] = []
    var matched: [(place: ByteString, index: Int)] = []
    for mount in mine {
      let rule = mount.rule
      if second.entry.hasOwn(rule.destination) {
        let isAlone = mine.count { $0.rule.destination == rule.destination } == 1
        gaps += shapeGap(rule.shape, second.ownShapes(rule.destination), rule.destination, isAlone ? mount.index : nil)
        // A volume has a source where its shape names one, a platform's mount need not where it may be empty.
        if let source = rule.shape.source, !isAlone || Language([source]).contains("") {
          gaps.append(gap(rule.destination, has: "a mount of the platform", lacks: "a volume", .none))
        }
        continue
      }
      let match = theirs.firstIndex { $0.rule.destination == rule.destination && $0.occurrence == mount.occurrence }
      guard let match else {
        gaps.append(gap(rule.destination, has: "a mount", lacks: "no mount", present(mount.index)))
        continue
      }
      if matched.contains(where: { $0.index > match && $0.place.isNested(with: rule.destination) }) {
        gaps.append(gap(rule.destination, has: "later", lacks: "earlier", all))
      }
      matched.append((rule.destination, match))
      gaps += shapeGap(rule.shape, [theirs[match].rule.shape], rule.destination, mount.index)
      if rule.isOptional, !theirs[match].rule.isOptional {
        gaps.append(gap(rule.destination, has: "optional", lacks: "required", .plainCreate))
      }
    }
    for other in theirs where !other.rule.isOptional {
      let hasMatch = mine.contains {
        $0.rule.destination == other.rule.destination && $0.occurrence == other.occurrence
      }
      if !hasMatch { gaps.append(gap(other.rule.destination, has: "no mount", lacks: "a mount", .plainCreate)) }
    }
    return gaps
  }

  /// Mounts that may be sent where the entry has scratch or a volume.
  private var ownGaps: [Gap] {
    first.ownPlaces.sorted().flatMap { place -> [Gap] in
      let shapes = first.ownShapes(place)
      let isOwn = second.entry.hasOwn(place)
      guard isOwn || second.numberedMounts.allSatisfy({ $0.rule.destination != place }) else {
        return shapes.isEmpty ? [] : [gap(place, has: "a volume", lacks: "a mount of the platform", .none)]
      }
      let others = isOwn ? second.ownShapes(place) : []
      return shapes.flatMap { shape -> [Gap] in
        guard let outside = outside(shape, of: shapes, others, isOwn: true) else { return [] }
        return [
          gap(
            place, has: "a volume", lacks: isOwn ? "another volume" : "no mount",
            outside.probe { append(place, shape, $0) })
        ]
      }
    }
  }

  private func shapeGap(
    _ shape: VolumeShape, _ others: [VolumeShape], _ place: ByteString, _ index: Int?
  ) -> [Gap] {
    guard let outside = outside(shape, of: [shape], others, isOwn: second.entry.hasOwn(place)) else { return [] }
    let probe = outside.probe { change in index.map { present($0, change) } ?? .none }
    return [gap(place, has: shape.text, lacks: others.map(\.text).joined(separator: " or "), probe)]
  }

  /// A mount of the shape that the others do not admit; nil where one of them admits all.
  private func outside(
    _ shape: VolumeShape, of shapes: [VolumeShape], _ others: [VolumeShape], isOwn: Bool
  ) -> Outside? {
    // The first volume that fits would bind its names, and another one might have fitted as well.
    let areNameless = others.allSatisfy { $0.source?.isNameless ?? true }
    guard !isOwn || others.count < 2 || areNameless || others == shapes else { return .undecided }
    var found: Outside?
    for options in shape.options {
      let admitting = others.filter { $0.type == shape.type && $0.options.contains(options) }
      guard !admitting.isEmpty else { return .mount { $0.options = options } }
      var result: Outside? = .undecided
      for other in admitting {
        let gap = gaps(shape.source, other.source, mayBeAbsent: isOwn) {
          (mount: inout ConfigurationDraft.Mount, value) in
          (mount.source, mount.options) = (value, options)
        }
        // A volume that must have a source is none that must not.
        if gap == nil, !isOwn || (shape.source == nil) == (other.source == nil) { result = nil }
        if result != nil, let change = gap?.change { result = .mount(change) }
        if result != nil, gap == nil { result = .mount { $0.options = options } }
        if result == nil { break }
      }
      found = found ?? result
    }
    return found
  }

  private enum Outside {
    case mount((inout ConfigurationDraft.Mount) -> Void)
    case undecided

    func probe(_ make: (@escaping (inout ConfigurationDraft.Mount) -> Void) -> Gap.Probe) -> Gap.Probe {
      switch self {
      case .mount(let change): make(change)
      case .undecided: .none
      }
    }
  }

  private func gap(_ place: ByteString, has: String, lacks: String, _ probe: Gap.Probe) -> Gap {
    Gap(shapePlace / "mounts" / place, has: has, lacks: lacks, probe)
  }
}

extension Scene {
  /// Where the entry says what lies there.
  var ownPlaces: Set<ByteString> { Set(entry.scratch.keys).union(entry.volumes.keys).union(entry.shared.keys) }

  /// What a mount at such a place may look like.
  fileprivate func ownShapes(_ place: ByteString) -> [VolumeShape] {
    shape.volumes + shape.mounts.filter { $0.destination == place }.map(\.shape)
  }

  /// The rules that are not for the entry's own places: each with its index, and which one of its place it is.
  var numberedMounts: [(index: Int, occurrence: Int, rule: MountRule)] {
    shape.mounts.enumerated().filter { !entry.hasOwn($0.element.destination) }.map { index, rule in
      (index, shape.mounts[..<index].count { $0.destination == rule.destination }, rule)
    }
  }
}

extension VolumeShape {
  fileprivate var text: String {
    let lists = options.map { $0.map(\.description).joined(separator: ",") }.joined(separator: " or ")
    return "type \(type?.description ?? "none"), source \(source.text), options \(lists)"
  }
}
