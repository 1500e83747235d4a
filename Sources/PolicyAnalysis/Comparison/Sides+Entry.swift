// Guarantees: every field of ContainerEntry is compared here, or in `Effect` where it changes what a command does.
internal import Bytes
internal import Policy
internal import StrictJSON

extension Sides {
  /// Everything that the first entry may admit and the second not.
  var gaps: [Gap] { createGaps + instanceGaps + restartGaps + execGaps + signalGaps + pauseGaps }

  /// As far as containers are created, however many.
  var createGaps: [Gap] {
    let process = gaps(first.entry.process, second.entry.process).map { gap in
      Gap(
        JSONPointer(tokens: place.tokens + gap.field), has: gap.has, lacks: gap.lacks,
        gap.change.map { change in .create({ change(&$0.process) }) } ?? .none)
    }
    return process + platformGaps + mountGaps + limitGaps + needGaps + gpuGaps + sysctlGaps + sharedGaps
  }

  private var limitGaps: [Gap] {
    LimitedResource.allCases.flatMap { resource -> [Gap] in
      let (has, lacks) = (first.limit(resource), second.limit(resource))
      func gap(_ value: Int64?) -> [Gap] {
        [
          Gap(
            place / "limits" / ByteString(resource.rawValue), has: has.text, lacks: lacks.text,
            .create({ $0.limits[resource] = value }))
        ]
      }
      switch (has, lacks) {
      case (nil, nil): return []
      case (nil, let lacks?): return lacks.isOptional ? [] : gap(nil)
      case (let has?, nil): return gap(has.range.upperBound)
      case (let has?, let lacks?):
        let outside = [has.range.lowerBound, has.range.upperBound].first { !lacks.range.contains($0) }
        return (outside.map { gap($0) } ?? []) + (has.isOptional && !lacks.isOptional ? gap(nil) : [])
      }
    }
  }

  private var instanceGaps: [Gap] {
    let (has, lacks) = (first.entry.instances, second.entry.instances)
    guard has > lacks else { return [] }
    // So many containers are no longer a command that anyone would try.
    let probe: Gap.Probe = lacks <= 4096 ? .create({ _ in }, others: Int(lacks)) : .none
    return [Gap(place / "instances", has: "\(has)", lacks: "\(lacks)", probe)]
  }

  private var restartGaps: [Gap] {
    guard let lacks = second.entry.restarts, first.entry.restarts.map({ $0 > lacks }) ?? true else {
      return []
    }
    let atOnce = second.namespaces.knowsSandbox ? 1 : UInt64(second.entry.instances)
    return [
      Gap(
        place / "restarts", has: first.entry.restarts.map { "\($0)" } ?? "without bound", lacks: "\(lacks)",
        .create({ _ in }, launched: atOnce + UInt64(lacks)))
    ]
  }

  /// What must be set under the second entry. What may be set is compared with what the platform may set.
  private var sysctlGaps: [Gap] {
    second.entry.sysctls.sorted { $0.key < $1.key }.compactMap { key, matcher in
      guard first.entry.sysctls[key] == nil else { return nil }
      return Gap(
        place / "sysctls" / key, has: "may be left out", lacks: matcher.description,
        .create({ $0.sysctls[key] = nil }))
    }
  }

  /// What shares a RAM disk of a sandbox needs one.
  private var sharedGaps: [Gap] {
    guard !second.entry.shared.isEmpty, first.entry.shared.isEmpty,
      !first.namespaces.rules.values.contains([.sandbox])
    else { return [] }
    return [Gap(place / "shared", has: "without a sandbox", lacks: "with one", .none)]
  }

  private var needGaps: [Gap] {
    let needs = second.entry.needs.filter { !first.entry.needs.contains($0) }
    var gaps = needs.map { need in
      Gap(
        place / "needs", has: first.entry.needs.text, lacks: second.entry.needs.text,
        .create({ _ in }, without: need))
    }
    // Where there are pods, what is needed must be in the same one.
    if !second.entry.needs.isEmpty, second.namespaces.knowsSandbox, !first.namespaces.knowsSandbox {
      gaps.append(Gap(place / "needs", has: "on the node", lacks: "in the pod", .none))
    }
    return gaps
  }

  private var execGaps: [Gap] {
    first.entry.exec.sorted { $0.key < $1.key }.flatMap { name, rule -> [Gap] in
      let field = place / "exec" / name
      guard let other = second.entry.exec[name] else {
        return [
          Gap(
            field, has: rule.arguments.map(\.description).joined(separator: " "), lacks: "no such exec",
            .exec(name, { _ in }))
        ]
      }
      return gaps(rule, other).map { gap in
        Gap(
          JSONPointer(tokens: field.tokens + gap.field), has: gap.has, lacks: gap.lacks,
          gap.change.map { .exec(name, $0) } ?? .none)
      }
    }
  }

  private var signalGaps: [Gap] {
    first.entry.signals.filter { !second.entry.signals.contains($0) }.map {
      Gap(place / "signals", has: "signal \($0)", lacks: "not this one", .kill($0))
    }
  }

  private var pauseGaps: [Gap] {
    first.entry.canPause && !second.entry.canPause
      ? [Gap(place / "pause", has: "allowed", lacks: "denied", .pause)] : []
  }
}

extension Scene {
  /// The rule of a limit: the entry's before the platform's.
  func limit(_ resource: LimitedResource) -> LimitRule? {
    entry.limits.rules[resource] ?? shape.limits.rules[resource]
  }
}

extension LimitRule? {
  fileprivate var text: String {
    map { "\($0.range.lowerBound) to \($0.range.upperBound)\($0.isOptional ? ", may be left out" : "")" } ?? "nothing"
  }
}
