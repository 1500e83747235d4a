// Guarantees: every field of PlatformShape is compared here, in `Sides+Mounts` (mounts, volumes) or with the field of
// the process or the entry that it belongs to (environment, replacedVariables, rlimits, oomScoreAdj,
// isUnconfinedAdmitted, limits).
internal import Bytes
internal import Policy
internal import PolicyAuthoring
internal import StrictJSON

extension Sides {
  var platformGaps: [Gap] {
    let (has, lacks) = (first.shape, second.shape)
    return pathGaps + namespaceGaps + annotationGaps
      + optional("cgroupsPath", has.cgroupsPath, lacks.cgroupsPath, mayBeAbsent: false) { $0.cgroupsPath = $1 }
      + optional("hostname", has.hostname, lacks.hostname, mayBeAbsent: true) { $0.hostname = $1 }
      + optional("domainname", has.domainname, lacks.domainname, mayBeAbsent: true) { $0.domainname = $1 }
      + keyed(first.sysctls, second.sysctls, at: placeOfSysctl) { $0.sysctls[$1] = $2 }
      + keyed(has.unified, lacks.unified, at: { shapePlace / "unified" / $0 }) { $0.unified[$1] = $2 }
      + same("deviceRules", has.deviceRules.text, lacks.deviceRules.text, has.deviceRules == lacks.deviceRules)
      + same(
        "readonlyPaths", has.readonlyPaths.text, lacks.readonlyPaths.text,
        has.readonlyPaths.sorted() == lacks.readonlyPaths.sorted())
  }

  private func optional(
    _ key: ByteString, _ has: Matcher?, _ lacks: Matcher?, mayBeAbsent: Bool,
    _ change: @escaping (inout ConfigurationDraft, ByteString?) -> Void
  ) -> [Gap] {
    guard let gap = gaps(has, lacks, mayBeAbsent: mayBeAbsent, change) else { return [] }
    return [Gap(shapePlace / key, has: gap.has, lacks: gap.lacks, gap.change.map { .create($0) } ?? .none)]
  }

  /// Where the rule of a kernel parameter stands: an entry's own comes before the platform's.
  private func placeOfSysctl(_ key: ByteString) -> JSONPointer {
    [first, second].contains { $0.entry.sysctls[key] != nil } ? place / "sysctls" / key : shapePlace / "sysctl" / key
  }

  private func keyed(
    _ has: [ByteString: Matcher], _ lacks: [ByteString: Matcher], at place: (ByteString) -> JSONPointer,
    _ change: @escaping (inout ConfigurationDraft, ByteString, ByteString) -> Void
  ) -> [Gap] {
    gaps(has, lacks).map { gap in
      let probe = gap.value.map { value in Gap.Probe.create({ change(&$0, gap.key, value) }) }
      return Gap(place(gap.key), has: gap.has, lacks: gap.lacks, probe ?? .none)
    }
  }

  private func same(_ key: ByteString, _ has: String, _ lacks: String, _ isSame: Bool) -> [Gap] {
    isSame ? [] : [Gap(shapePlace / key, has: has, lacks: lacks, .plainCreate)]
  }

  private var annotationGaps: [Gap] {
    gaps(first.annotations, second.annotations).map { gap in
      let probe = gap.value.map { value in Gap.Probe.create({ $0.annotations[gap.key] = value }) }
      return Gap(shapePlace / "annotations" / gap.key, has: gap.has, lacks: gap.lacks, probe ?? .none)
    }
  }

  /// A command must list each path of the policy, and may list what the further ones match.
  private var pathGaps: [Gap] {
    let (has, lacks) = (first.shape.maskedPaths, second.shape.maskedPaths)
    let (more, others) = (first.shape.furtherMaskedPaths, second.shape.furtherMaskedPaths)
    guard has != lacks || more != others else { return [] }
    guard Set(has).count == has.count, Set(lacks).count == lacks.count else {
      return [Gap(shapePlace / "maskedPaths", has: has.text, lacks: lacks.text, .none)]
    }
    var gaps: [Gap] = []
    let foreign = has.filter { !lacks.contains($0) && !Language(others).contains($0) }
    if !foreign.isEmpty || !Set(lacks).isSubset(of: has) {
      gaps.append(Gap(shapePlace / "maskedPaths", has: has.text, lacks: lacks.text, .plainCreate))
    }
    let place = shapePlace / "furtherMaskedPaths"
    switch inclusion(more, others + lacks.map(Matcher.exact)) {
    case .included: break
    case .outside(let path):
      gaps.append(Gap(place, has: more.text, lacks: others.text, .create({ $0.maskedPaths.append(path) })))
    case .undecided: gaps.append(Gap(place, has: more.text, lacks: others.text, .none))
    }
    return gaps
  }

  private var namespaceGaps: [Gap] {
    NamespacePlan.Kind.allCases.flatMap { kind -> [Gap] in
      let has = first.namespaces.rules[kind] ?? [.node]
      let lacks = second.namespaces.rules[kind] ?? [.node]
      guard has != lacks else { return [] }
      let isOwn = [first, second].contains { $0.entry.namespaces.rules[kind] != nil }
      func gap(_ probe: Gap.Probe) -> [Gap] {
        [
          Gap(
            (isOwn ? place : shapePlace) / "namespaces" / ByteString(kind.name), has: has.text, lacks: lacks.text, probe
          )
        ]
      }
      let paths = lacks.compactMap { if case .path(let matcher) = $0 { matcher } else { nil } }
      return has.flatMap { rule -> [Gap] in
        switch rule {
        case .new: lacks.contains(.new) ? [] : gap(.create({ $0.namespaces[kind] = "" }))
        case .node: lacks.contains(.node) ? [] : gap(.create({ $0.namespaces[kind] = nil }))
        case .sandbox:
          lacks.contains(.sandbox)
            ? [] : gap(.create({ $0.namespaces[kind] = ConfigurationDraft.sandboxPath(kind) }))
        case .path(let matcher):
          switch inclusion([matcher], paths) {
          // A path of the first side may be that of a sandbox, which the second side would join.
          case .included: lacks.contains(.sandbox) && !has.contains(.sandbox) ? gap(.none) : []
          case .outside(let path): gap(.create({ $0.namespaces[kind] = path }))
          case .undecided: gap(.none)
          }
        }
      }
    }
  }
}

extension Scene {
  /// The kernel parameters that may be set: the entry's before the platform's.
  fileprivate var sysctls: [ByteString: Matcher] { shape.sysctls.merging(entry.sysctls) { $1 } }

  /// The annotations with the references of the entry's own image in their places.
  fileprivate var annotations: [KeyRule] {
    let references: [ByteString] =
      switch entry.program {
      case .image(let name): policy.images[name]?.references ?? []
      case .pause: []
      }
    return shape.annotations.map { rule in
      switch rule.value {
      case .matches(let matcher): KeyRule(key: rule.key, values: [matcher])
      case .imageReference: KeyRule(key: rule.key, values: references.map(Matcher.exact))
      }
    }
  }
}

extension [NamespaceRule] {
  fileprivate var text: String { map(\.review).joined(separator: " or ") }
}

extension [CgroupPlan.DeviceRule] {
  fileprivate var text: String { String(decoding: CanonicalJSON.encode(.array(map(\.json))), as: UTF8.self) }
}
