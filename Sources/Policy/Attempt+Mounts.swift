import Bytes
import RuntimeSpec
import StrictJSON

private func place(_ index: Int) -> JSONPointer { ("/mounts" as JSONPointer) / index }

extension Attempt {
  /// Checks the mounts against the platform's list and the entry's own places.
  ///
  /// Each rule is for one mount, of those at one place in the list's order. Otherwise the order is free, except where one
  /// place lies beneath another: which of the two comes first says what is covered. The plan's order is the policy's,
  /// whatever was sent.
  ///
  /// - Parameter sandbox: whose RAM disks the entry may share.
  mutating func check(
    _ sent: [Mount], _ entry: ContainerEntry, _ shape: PlatformShape, of sandbox: NodeState.Container?
  ) -> [MountPlan] {
    trace.append(.mounts)
    let isOwn = entry.hasOwn
    var ownSeen: Set<ByteString> = []
    var uses: [MountPlan?] = Array(repeating: nil, count: shape.mounts.count)
    var taken: Set<Int> = []
    for (index, mount) in sent.enumerated() {
      guard mount.destination.isCleanAbsolutePath, mount.destination != "/" else {
        deny(
          .mountDestination, at: place(index) / "destination", expected: "an absolute path without //, . and ..",
          got: mount.destination.quoted)
        continue
      }
      if isOwn(mount.destination) {
        guard ownSeen.insert(mount.destination).inserted else {
          deny(.mountDuplicate, at: place(index), expected: "one mount", got: mount.destination.quoted)
          continue
        }
        check(own: mount, shape, at: index)
        continue
      }
      let rules = shape.mounts.indices.filter { shape.mounts[$0].destination == mount.destination }
      guard let rule = rules.first(where: { !taken.contains($0) }) else {
        if rules.isEmpty {
          deny(.mountUnexpected, at: place(index), expected: "no mount there", got: mount.destination.quoted)
        } else {
          deny(.mountDuplicate, at: place(index), expected: "one mount", got: mount.destination.quoted)
        }
        continue
      }
      let later = taken.filter { $0 > rule && shape.mounts[$0].destination.isNested(with: mount.destination) }.min()
      if let later {
        deny(
          .mountOrder, at: place(index), expected: "it before \(shape.mounts[later].destination.quoted)",
          got: mount.destination.quoted)
      }
      taken.insert(rule)
      let use = use(mount, shape.mounts[rule], at: index)
      if !shape.mounts[rule].isDiscarded { uses[rule] = use }
    }
    for (index, rule) in shape.mounts.enumerated()
    where !taken.contains(index) && !rule.isOptional && !isOwn(rule.destination) {
      deny(.mountMissing, at: "/mounts", expected: rule.destination.quoted, got: "nothing")
    }
    return ordered(uses.compactMap { $0 } + own(entry) + shared(entry, of: sandbox))
  }

  /// Checks a mount that a rule is for; nil where the rule does not admit it.
  private mutating func use(_ mount: Mount, _ rule: MountRule, at index: Int) -> MountPlan? {
    let shape = rule.shape
    let before = violations.count
    denyMappings(of: mount, at: index)
    if mount.type != shape.type {
      deny(.mountType, at: place(index) / "type", expected: shape.type.quoted, got: mount.type.quoted)
    }
    check(mount.source, shape.source, .mountSource, at: place(index) / "source")
    if !shape.options.contains(mount.options ?? []) { denyOptions(mount, shape.options, at: index) }
    guard violations.count == before else { return nil }
    do {
      return try MountPlan(sent: mount, forced: rule.forced, at: place(index))
    } catch {
      deny(error)
      return nil
    }
  }

  /// Checks a mount whose content is never used: the entry says what lies there.
  private mutating func check(own mount: Mount, _ shape: PlatformShape, at index: Int) {
    denyMappings(of: mount, at: index)
    let shapes = shape.volumes + shape.mounts.filter { $0.destination == mount.destination }.map(\.shape)
    let (source, sent) = mount.volume
    let ofType = shapes.filter { $0.type == mount.type }
    guard !ofType.isEmpty else {
      deny(.mountType, at: place(index) / "type", expected: "the type of a volume", got: mount.type.quoted)
      return
    }
    var options: [[ByteString]] = []
    for shape in ofType {
      var bound = bindings
      let matches =
        switch (source, shape.source) {
        case (nil, nil): true
        case (let source?, let matcher?): matcher.matches(source, &bound)
        case (nil, .some), (.some, nil): false
        }
      guard matches else { continue }
      guard shape.options.contains(sent) else {
        options += shape.options
        continue
      }
      bindings = bound
      return
    }
    guard options.isEmpty else { return denyOptions(mount, options, at: index) }
    let sources = ofType.map { $0.source?.description ?? "nothing" }.joined(separator: " or ")
    deny(.mountSource, at: place(index) / "source", expected: sources, got: source.quoted)
  }

  private mutating func denyMappings(of mount: Mount, at index: Int) {
    deny(.mountIDMapping, at: place(index) / "uidMappings", ifPresent: mount.uidMappings)
    deny(.mountIDMapping, at: place(index) / "gidMappings", ifPresent: mount.gidMappings)
  }

  private mutating func denyOptions(_ mount: Mount, _ options: [[ByteString]], at index: Int) {
    let list = { (options: [ByteString]) in
      options.map { $0.looksLikeCredential ? $0.redacted : $0.description }.joined(separator: ",")
    }
    deny(
      .mountOptions, at: place(index) / "options", expected: options.map(list).joined(separator: " or "),
      got: list(mount.options ?? []))
  }

  /// The entry's scratch, volumes and GPU driver.
  private func own(_ entry: ContainerEntry) -> [MountPlan] {
    let scratch = entry.scratch.filter { $0.key != "/" }.map { place, scratch in
      MountPlan(
        destination: place, source: .scratch(scratch),
        attributes: scratch.executable ? [.noSetuid, .noDevices] : [.noSetuid, .noDevices, .noExec],
        recursiveAttributes: [], propagation: .private, copyUp: false)
    }
    let volumes = entry.volumes.compactMap { place, name in
      policy.images[name].map { image in
        MountPlan(
          destination: place, source: .image(image), attributes: [.readOnly, .noSetuid, .noDevices],
          recursiveAttributes: [], propagation: .private, copyUp: false)
      }
    }
    return (scratch + volumes + driverMounts(entry)).sorted { $0.destination < $1.destination }
  }

  /// What the entry shares with others of its pod. That the sandbox has it, the policy's validation says: it was made by
  /// the same policy, since there is one a boot.
  private mutating func shared(_ entry: ContainerEntry, of sandbox: NodeState.Container?) -> [MountPlan] {
    guard !entry.shared.isEmpty else { return [] }
    guard let sandbox else {
      deny(.sandbox, at: "/linux/namespaces", expected: "a sandbox, whose RAM disks are shared", got: "none")
      return []
    }
    return entry.shared.map { place, shared in
      var attributes: MountAttributes = [.noSetuid, .noDevices]
      if shared.isReadOnly { attributes.insert(.readOnly) }
      return MountPlan(
        destination: place, source: .shared(sandbox.id, SharedScratch.place(of: shared.name)), attributes: attributes,
        recursiveAttributes: [], propagation: .private, copyUp: false)
    }
  }

  /// What lies nearer to `/` first, so that no mount can cover another one; of two at one place only the later one, which
  /// would cover the other.
  private func ordered(_ mounts: [MountPlan]) -> [MountPlan] {
    var last: [ByteString: MountPlan] = [:]
    for mount in mounts { last[mount.destination] = mount }
    let depth = { (mount: MountPlan) in mount.destination.bytes.count { $0 == UInt8(ascii: "/") } }
    return last.values.sorted { (depth($0), $0.destination) < (depth($1), $1.destination) }
  }
}

extension Mount {
  /// Source and options as the shape of a volume has them. What an overlay shows stands in its last option, and `overlay`
  /// in the place of its source.
  fileprivate var volume: (source: ByteString?, options: [ByteString]) {
    let options = options ?? []
    guard type == "overlay", source == "overlay", let lower = options.last, lower.hasPrefix("lowerdir=") else {
      return (source, options)
    }
    return (lower, Array(options.dropLast()))
  }
}
