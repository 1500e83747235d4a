// Guarantees: the config.json that an entry asks for, with nothing that it only may have.
internal import Bytes
internal import Policy
internal import RuntimeSpec
internal import StrictJSON

/// A container as a command states it, made part by part.
struct ConfigurationDraft {
  struct Mount {
    /// Which of the platform's rules it is for.
    var rule: Int?
    var destination: ByteString
    var type: ByteString?
    var source: ByteString?
    var options: [ByteString]
  }

  var process: ProcessDraft
  var mounts: [Mount] = []
  var hostname: ByteString?
  var domainname: ByteString?
  var annotations: [ByteString: ByteString] = [:]
  var sysctls: [ByteString: ByteString] = [:]
  var cgroupsPath: ByteString?
  var limits: [LimitedResource: Int64] = [:]
  var unified: [ByteString: ByteString] = [:]
  var deviceRules: [CgroupPlan.DeviceRule]
  /// The nodes that a CDI specification adds.
  var devices: [SentDevice] = []
  var maskedPaths: [ByteString]
  var readonlyPaths: [ByteString]
  /// A kind that is not listed is the node's own; an empty path stands for a new one.
  var namespaces: [NamespacePlan.Kind: ByteString] = [:]

  static let sandboxPid: Int32 = 4242

  /// Nil where a rule admits no value.
  init?(_ entry: ContainerEntry, _ shape: PlatformShape, _ names: Names) {
    guard let process = ProcessDraft(entry.process, shape, names) else { return nil }
    self.process = process
    (deviceRules, maskedPaths, readonlyPaths) = (shape.deviceRules, shape.maskedPaths, shape.readonlyPaths)
    guard let mounts = Self.mounts(entry, shape, names) else { return nil }
    self.mounts = mounts
    if let matcher = shape.cgroupsPath, !Language([matcher]).contains("") {
      guard let path = Language([matcher], names: names.values).sample else { return nil }
      cgroupsPath = path
    }
    let rules = shape.limits.rules.merging(entry.limits.rules) { $1 }
    for (resource, rule) in rules where !rule.isOptional {
      limits[resource] = rule.range.upperBound
    }
    for (key, matcher) in entry.sysctls {
      guard let value = Language([matcher], names: names.values).sample else { return nil }
      sysctls[key] = value
    }
    for (kind, rules) in entry.namespaces(on: shape).rules where !rules.contains(.node) {
      guard let path = Self.path(kind, rules, names) else { return nil }
      namespaces[kind] = path
    }
  }

  /// The mounts that must be there, and those of some more rules, in the platform's order.
  static func mounts(
    _ entry: ContainerEntry, _ shape: PlatformShape, _ names: Names, including more: [Int] = []
  ) -> [Mount]? {
    var mounts: [Mount] = []
    for (index, rule) in shape.mounts.enumerated() where !entry.hasOwn(rule.destination) {
      // Of two rules for one place, the first takes the first mount.
      let isNeeded = shape.mounts.indices[index...].contains {
        shape.mounts[$0].destination == rule.destination && (!shape.mounts[$0].isOptional || more.contains($0))
      }
      guard isNeeded else { continue }
      guard var mount = Mount(rule.destination, rule.shape, names) else { return nil }
      mount.rule = index
      mounts.append(mount)
    }
    return mounts
  }

  private static func path(_ kind: NamespacePlan.Kind, _ rules: [NamespaceRule], _ names: Names) -> ByteString? {
    for rule in rules {
      switch rule {
      case .new: return ""
      case .sandbox: return sandboxPath(kind)
      case .path(let matcher):
        if let path = Language([matcher], names: names.values).sample { return path }
      case .node: return nil
      }
    }
    return nil
  }

  /// Where the sandbox's namespace is.
  static func sandboxPath(_ kind: NamespacePlan.Kind) -> ByteString {
    ByteString("/proc/\(sandboxPid)/ns/\(kind.fileName)")
  }
}

extension ConfigurationDraft.Mount {
  /// Nil where the source has no value.
  init?(_ destination: ByteString, _ shape: VolumeShape, _ names: Names) {
    var source: ByteString?
    if let matcher = shape.source {
      source = Language([matcher], names: names.values).sample
      guard source != nil else { return nil }
    }
    self.init(destination: destination, type: shape.type, source: source, options: shape.options.first ?? [])
  }
}
