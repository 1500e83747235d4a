import Bytes
import RuntimeSpec
import StrictJSON

extension Attempt {
  /// Checks a container to launch. Every field of the configuration stands here or in a section once.
  mutating func check(_ request: CreateRequest) {
    guard let name, let entry, let shape else { return }
    let spec = request.spec
    let linux = spec.linux
    _ = bindings.bind("container.id", to: request.id.bytes)
    if entry.program == .pause { _ = bindings.bind("sandbox.id", to: request.id.bytes) }
    let rules = entry.namespaces(on: shape)
    let (namespaces, sandbox) = check(linux?.namespaces ?? [], rules)
    check(needs: entry, samePodBy: rules.joinsSandbox ? "sandbox.id" : Bindings.podNamespaces)
    guard let process = spec.process else {
      deny(.processMissing, at: "/process", expected: "a process", got: "nothing")
      return
    }
    let processPlan = check(process, entry.process, shape, at: "/process")
    let mounts = check(spec.mounts ?? [], entry, shape, of: sandbox)
    check(names: spec, shape, namespaces)
    check(annotations: spec.annotations ?? [:], entry, shape)
    let sysctls = check(sysctl: linux?.sysctl ?? [:], entry, shape, namespaces)
    let cgroup = check(
      withoutGPUs(linux?.resources, linux, entry), linux?.cgroupsPath, entry, shape, id: request.id)
    let masked = check(paths: linux, shape)
    check(foreign: spec)
    if let linux { check(gpusOf: linux, entry) }
    // Last: what is wrong with the command itself is the better answer while the entry has its container.
    check(lifecycle: request, name, entry)
    let count = check(restarts: name, entry, of: sandbox)
    guard violations.isEmpty else { return }
    var container = ContainerPlan(
      id: request.id, entry: name, launchCount: count, bindings: bindings.values, bundle: request.bundle,
      annotations: spec.annotations ?? [:], root: root(entry), mounts: mounts, devices: [],
      maskedPaths: masked, readonlyPaths: shape.readonlyPaths, namespaces: namespaces,
      userMappings: nil, timeOffsets: nil, hostname: spec.hostname, domainname: spec.domainname, sysctls: sysctls,
      cgroup: cgroup, process: processPlan)
    container.gpus = entry.gpu
    plan = .create(container)
  }

  /// Checks a process to add; tells whether the arguments are those of the rule.
  mutating func check(_ request: ExecRequest, _ exec: ByteString, _ rule: ProcessRule, _ shape: PlatformShape) -> Bool {
    check(descriptors: request.preservedDescriptors)
    let process = check(request.process, rule, shape, at: "")
    if !request.cgroups.isEmpty {
      deny(
        .cgroupPath, at: "", expected: "the container's own cgroup",
        got: request.cgroups.map(\.quoted).joined(separator: ", "))
    }
    plan = .exec(ExecPlan(id: request.id, entry: exec, process: process, subgroups: []))
    return !violations.contains { $0.code == .arguments }
  }

  /// What was sent as root is not looked at: the files come from the verified image.
  private func root(_ entry: ContainerEntry) -> RootPlan {
    switch entry.program {
    case .pause: RootPlan(source: .empty, readonly: true, scratch: nil, propagation: .private)
    case .image(let name):
      RootPlan(
        source: policy.images[name].map(RootPlan.Source.image) ?? .empty, readonly: entry.scratch["/"] == nil,
        scratch: entry.scratch["/"], propagation: .private)
    }
  }

  private mutating func check(names spec: Spec, _ shape: PlatformShape, _ namespaces: [NamespacePlan]) {
    trace.append(.hostname)
    for (key, name, matcher) in [
      ("hostname", spec.hostname, shape.hostname), ("domainname", spec.domainname, shape.domainname),
    ] as [(ByteString, ByteString?, Matcher?)] {
      guard let name else { continue }
      check(name, matcher, .hostname, at: JSONPointer() / key)
      // A sandbox has named its own. A namespace that the platform pinned has no name before its first container.
      if !namespaces.contains(where: { $0.kind == .uts && $0.isNewOrFile }) {
        deny(.hostname, at: JSONPointer() / key, expected: "a name for a new UTS namespace", got: name.quoted)
      }
    }
  }

  private mutating func check(
    annotations: [ByteString: ByteString], _ entry: ContainerEntry, _ shape: PlatformShape
  ) {
    trace.append(.annotations)
    for (key, value) in annotations.sorted(by: { $0.key < $1.key }) {
      let place = ("/annotations" as JSONPointer) / key
      if check(cdi: key, value, entry, at: place) { continue }
      guard let rule = shape.annotations.first(where: { $0.key.matches(key, &bindings) }) else {
        deny(.annotation, at: place, expected: "no such annotation", got: value.redacted)
        continue
      }
      switch rule.value {
      case .matches(let matcher):
        if !matcher.matches(value, &bindings) {
          deny(.annotation, at: place, expected: matcher.description, got: value.redacted)
        }
      case .imageReference:
        let references = references(entry)
        if !references.contains(value) {
          let expected = references.isEmpty ? "no reference" : references.map(\.quoted).joined(separator: " or ")
          deny(.imageReference, at: place, expected: expected, got: value.quoted)
        }
      }
    }
  }

  private func references(_ entry: ContainerEntry) -> [ByteString] {
    switch entry.program {
    case .image(let name): policy.images[name]?.references ?? []
    case .pause: []
    }
  }

  /// Checks what is hidden or made read-only; returns the paths to mask. Each list is a set: hidden twice is hidden.
  private mutating func check(paths linux: LinuxSpec?, _ shape: PlatformShape) -> [ByteString] {
    trace.append(.paths)
    let sent = linux?.maskedPaths ?? []
    // A path that is neither of the platform's nor one that it may add stays among those that must not be there: what
    // a command masks beyond them could be the entry's own, a file with revoked keys for example.
    let further = Set(sent).subtracting(shape.maskedPaths).filter { path in
      shape.furtherMaskedPaths.contains { $0.matches(path, &bindings) }
    }.sorted()
    let masked = shape.maskedPaths + further
    check(.maskedPaths, sent, masked, at: "/linux/maskedPaths")
    check(.readonlyPaths, linux?.readonlyPaths ?? [], shape.readonlyPaths, at: "/linux/readonlyPaths")
    return masked
  }

  private mutating func check(
    _ code: ViolationCode, _ sent: [ByteString], _ expected: [ByteString], at place: JSONPointer
  ) {
    guard sent != expected, Set(sent) != Set(expected) else { return }
    let missing = expected.filter { !sent.contains($0) }.map(\.quoted).joined(separator: ", ")
    let extra = sent.filter { !expected.contains($0) }.map(\.quoted).joined(separator: ", ")
    deny(
      code, at: place, expected: missing.isEmpty ? "those of the platform alone" : missing,
      got: extra.isEmpty ? "\(sent.count) paths" : extra)
  }

  /// What no platform adds and no entry can ask for.
  private mutating func check(foreign spec: Spec) {
    trace.append(.foreign)
    deny(.hooks, at: "/hooks", ifPresent: spec.hooks)
    guard let linux = spec.linux else { return }
    deny(.idMapping, at: "/linux/uidMappings", ifPresent: linux.uidMappings)
    deny(.idMapping, at: "/linux/gidMappings", ifPresent: linux.gidMappings)
    deny(.timeOffset, at: "/linux/timeOffsets", ifPresent: linux.timeOffsets)
    deny(.netDevice, at: "/linux/netDevices", ifPresent: linux.netDevices)
    deny(.securityLabel, at: "/linux/mountLabel", ifPresent: linux.mountLabel)
    deny(.intelRdt, at: "/linux/intelRdt", ifPresent: linux.intelRdt)
    deny(.memoryPolicy, at: "/linux/memoryPolicy", ifPresent: linux.memoryPolicy)
    deny(.personality, at: "/linux/personality", ifPresent: linux.personality)
    switch linux.rootfsPropagation {
    case nil, .private, .rprivate: break
    case .shared, .rshared, .slave, .rslave, .unbindable, .runbindable:
      deny(
        .rootPropagation, at: "/linux/rootfsPropagation", expected: "private",
        got: linux.rootfsPropagation?.rawValue ?? "")
    }
  }
}
