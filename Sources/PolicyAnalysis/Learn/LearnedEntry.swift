internal import Bytes
internal import Policy
internal import PolicyAuthoring
internal import RuntimeSpec
internal import StrictJSON

/// The entry of containers that were seen, on its way into the policy.
struct LearnedEntry {
  let learner: PolicyLearner
  let container: ObservedContainer
  private var place: JSONPointer { JSONPointer(tokens: ["containers", container.name]) }

  init(_ learner: PolicyLearner, _ container: ObservedContainer) {
    (self.learner, self.container) = (learner, container)
  }

  var platform: PlatformShape { learner.platform.profile.container }

  func lines(_ rules: inout [LearnedRule]) throws(JSONError) -> [String] {
    var lines = PolicyLines()
    lines.add("\(YAMLText.scalar(container.name)):", indent: 2)
    lines.add("image: \(YAMLText.scalar(try image()))", indent: 4)
    let process = try LearnedProcess(container.samples, platform, at: place)
    process.addValues(to: &lines, indent: 4)
    process.addRights(to: &lines, indent: 4, platform)
    rules += process.rules
    try addPlaces(to: &lines)
    try addLimits(to: &lines, &rules)
    try addExec(process, to: &lines, &rules)
    if !container.signals.isEmpty {
      let names = container.signals.sorted().map(SignalSource.name(of:))
      lines.add("signals: [\(names.joined(separator: ", "))]", indent: 4)
    }
    if container.isPaused { lines.add("pause: allow", indent: 4) }
    if container.most > 1 {
      lines.note("seen: \(container.most) at a time", indent: 4)
      lines.add("instances: \(container.most)", indent: 4)
    }
    return lines.lines
  }

  /// The image of the lock file, by the reference that the platform calls it by, as the decision has it.
  private func image() throws(JSONError) -> ByteString {
    let images = learner.surroundings.images.images
    if let name = learner.surroundings.imageNames[container.name] {
      guard images[name] != nil else {
        throw JSONError(.refused("expected an image of the lock file, found \(name)"))
      }
      return name
    }
    guard let reference = container.shape.reference else {
      guard images.count == 1, let only = images.keys.first else {
        throw JSONError(
          .refused("the log does not say which image it is: name it by --image \(container.name)=NAME"))
      }
      return only
    }
    let found = images.filter { $0.value.references.contains(reference) }.keys.sorted()
    guard let name = found.first, found.count == 1 else {
      let what = found.isEmpty ? "none" : found.map(\.description).joined(separator: " and ")
      throw JSONError(
        .refused("expected one image with the reference \(reference) in the lock file, found \(what)"))
    }
    return name
  }

  /// What lies where the platform mounts nothing: RAM disks and verified images, whatever was mounted there.
  private func addPlaces(to lines: inout PolicyLines) throws(JSONError) {
    var scratch = PolicyLines()
    var volumes = PolicyLines()
    var seen: Set<ByteString> = []
    for mount in container.specs.flatMap({ $0.mounts ?? [] }) {
      let place = mount.destination
      guard !platform.mounts.contains(where: { $0.destination == place }), seen.insert(place).inserted else { continue }
      let name = learner.surroundings.volumes[place] ?? mount.source?.split(UInt8(ascii: "/")).last ?? ""
      if learner.surroundings.images.images[name] != nil {
        volumes.note("the files of the verified image, not those that are sent", indent: 6)
        volumes.add("\(YAMLText.scalar(place)): {image: \(YAMLText.scalar(name))}", indent: 6)
      } else if mount.type == "tmpfs" || mount.isEmptyDirectory {
        scratch.note("64Mi by choice, as the log does not say how much is needed", indent: 6)
        scratch.add("\(YAMLText.scalar(place)): {size: 64Mi}", indent: 6)
      } else {
        throw JSONError(
          .refused(
            "the mount at \(place): expected an image of the lock file with its files (--volume \(place)=NAME), as the "
              + "files that are sent are never used"))
      }
    }
    if !scratch.lines.isEmpty { lines.add(["    scratch:"] + scratch.lines) }
    if !volumes.lines.isEmpty { lines.add(["    volumes:"] + volumes.lines) }
  }

  private func addExec(
    _ base: LearnedProcess, to lines: inout PolicyLines, _ rules: inout [LearnedRule]
  ) throws(JSONError) {
    guard !container.execs.isEmpty else { return }
    lines.add("exec:", indent: 4)
    var names: Set<ByteString> = []
    for exec in container.execs {
      let program = exec.samples.first?.process.args?.first?.split(UInt8(ascii: "/")).last ?? ""
      var name = program.isEmpty ? "exec" : program
      while !names.insert(name).inserted { name = program + ByteString("-\(names.count + 1)") }
      let process = try LearnedProcess(exec.samples, platform, at: place / "exec" / name)
      lines.add("\(YAMLText.scalar(name)):", indent: 6)
      let isEqual = base.covers(process)
      process.addValues(to: &lines, indent: 8, hasEnvironment: !isEqual)
      process.addRights(to: &lines, indent: 8, platform, beyond: container.shape.process)
      rules += process.rules.filter { rule in !isEqual || rule.place.tokens.dropFirst(4).first != "env" }
    }
  }
}

extension Mount {
  /// A volume of kubelet that is empty at first.
  fileprivate var isEmptyDirectory: Bool {
    source?.split(UInt8(ascii: "/")).contains("kubernetes.io~empty-dir") ?? false
  }
}
