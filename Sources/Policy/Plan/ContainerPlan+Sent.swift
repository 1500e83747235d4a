import Bytes
import RuntimeSpec
import StrictJSON

extension ContainerPlan {
  init(sent request: CreateRequest) throws(Violation) {
    let spec = request.spec
    let linux = spec.linux
    guard let process = spec.process else {
      throw Violation(.processMissing, at: "/process", expected: "a process", got: "nothing")
    }
    guard let root = spec.root else {
      throw Violation(.unsupported, at: "/root", expected: "a root file system", got: "nothing")
    }
    let isAbsolute = root.path.bytes.first == UInt8(ascii: "/")
    let path = isAbsolute ? root.path : request.bundle + "/" + root.path
    var mounts: [MountPlan] = []
    for (index, mount) in (spec.mounts ?? []).enumerated() {
      var plan = mount
      // Relative places count from the root (config.md), and bind sources from the bundle.
      if plan.destination.bytes.first != UInt8(ascii: "/") { plan.destination = "/" + plan.destination }
      plan.destination = plan.destination.cleaned
      if let source = plan.source, plan.isBind, source.bytes.first != UInt8(ascii: "/") {
        plan.source = request.bundle + "/" + source
      }
      mounts.append(try MountPlan(sent: plan, throughLinks: true, at: ("/mounts" as JSONPointer) / index))
    }
    if spec.annotations?[""] != nil {
      throw Violation(.annotation, at: "/annotations", expected: "keys that are not empty", got: "an empty one")
    }
    let namespaces = try NamespacePlan.list(linux)
    let userMappings = try UserMappings(sent: linux)
    if userMappings == nil, let index = mounts.firstIndex(where: { $0.idMapping.map { $0.mappings == nil } ?? false }) {
      throw Violation(
        .mountIDMapping, at: ("/mounts" as JSONPointer) / index, expected: "mappings of the mount or of the container",
        got: "neither")
    }
    self.init(
      id: request.id, entry: nil, launchCount: nil, bindings: [:], bundle: request.bundle,
      annotations: spec.annotations ?? [:],
      root: RootPlan(path: path, readonly: root.readonly ?? false, propagation: linux?.rootfsPropagation),
      mounts: mounts, devices: try DevicePlan.list(linux?.devices ?? []),
      maskedPaths: try absolute(linux?.maskedPaths, .maskedPaths, at: "/linux/maskedPaths"),
      readonlyPaths: try absolute(linux?.readonlyPaths, .readonlyPaths, at: "/linux/readonlyPaths"),
      namespaces: namespaces, userMappings: userMappings,
      timeOffsets: linux?.timeOffsets.map(TimeOffsets.init(sent:)), hostname: spec.hostname,
      domainname: spec.domainname, sysctls: try SysctlPlan.list(linux?.sysctl ?? [:], namespaces),
      cgroup: try CgroupPlan(sent: linux, id: request.id),
      process: try ProcessPlan(
        sent: process, seccomp: try linux?.seccomp.map(SeccompPlan.init(sent:)), at: "/process"),
      hooks: try spec.hooks.flatMap(HooksPlan.init(sent:)),
      domain: try ProcessDomain(sent: linux?.memoryPolicy, linux?.personality),
      networkDevices: try NetworkDevicePlan.list(linux?.netDevices, in: namespaces),
      resourceControl: try linux?.intelRdt.map(ResourceControlPlan.init(sent:)),
      mountLabel: linux?.mountLabel.flatMap { $0.isEmpty ? nil : $0 },
      seccompListener: try linux?.seccomp.flatMap(SeccompListener.init(sent:)))
  }
}

extension SysctlPlan {
  /// A setting that is not one of the container's namespaces would be the node's (CVE-2022-0811).
  fileprivate static func list(
    _ sent: [ByteString: ByteString], _ namespaces: [NamespacePlan]
  ) throws(Violation) -> [SysctlPlan] {
    var plans: [SysctlPlan] = []
    for (key, value) in sent.sorted(by: { $0.key < $1.key }) {
      guard Sysctl.isOwned(key, namespaces) else {
        throw Violation(
          .sysctl, at: ("/linux/sysctl" as JSONPointer) / key,
          expected: "a parameter of a namespace of the container's own", got: key.quoted)
      }
      plans.append(SysctlPlan(key: key, value: value))
    }
    return plans
  }
}

/// Paths that have to be absolute (config-linux.md).
private func absolute(
  _ paths: [ByteString]?, _ code: ViolationCode, at place: JSONPointer
) throws(Violation) -> [ByteString] {
  for (index, path) in (paths ?? []).enumerated() where path.bytes.first != UInt8(ascii: "/") {
    throw Violation(code, at: place / index, expected: "an absolute path", got: path.quoted)
  }
  return paths ?? []
}

extension Mount {
  fileprivate var isBind: Bool { type == "bind" || options?.contains { $0 == "bind" || $0 == "rbind" } == true }
}

extension ByteString {
  /// A path without `//`, `.` and a slash at the end; `..` stays and is refused later.
  fileprivate var cleaned: ByteString {
    let parts = split(UInt8(ascii: "/")).filter { !$0.isEmpty && $0 != "." }
    return parts.isEmpty ? "/" : parts.reduce("") { $0 + "/" + $1 }
  }
}
