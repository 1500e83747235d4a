public import Bytes
public import StrictJSON

/// The measured ceiling of what a platform may add to the containers that a policy names, in one version.
public struct PlatformProfile: Equatable, Sendable {
  /// With the version in it, as `containerd-cri-1`.
  public var name: ByteString
  /// What containers look like.
  public var container: PlatformShape
  /// What the pod's sandbox looks like; nil where the platform has no pods.
  public var sandbox: PlatformShape?

  /// Names a profile.
  public init(name: ByteString, container: PlatformShape, sandbox: PlatformShape? = nil) {
    (self.name, self.container, self.sandbox) = (name, container, sandbox)
  }
}

extension PlatformProfile: BundlePart {
  /// Reads the profile.
  public init(json: JSONValue) throws(JSONError) {
    self = try json.decodeObject { (members) throws(JSONError) in
      let container: JSONValue = try members.required("container")
      let sandbox: JSONValue? = try members.optional("sandbox")
      return try PlatformProfile(name: try members.required("name"), container: container, sandbox: sandbox)
    }
  }

  init(name: ByteString, container: JSONValue, sandbox: JSONValue?) throws(JSONError) {
    let shape: PlatformShape
    do { shape = try PlatformShape(json: container, usual: .usual) } catch { throw error.under("container") }
    self.init(name: name, container: shape)
    guard let sandbox else { return }
    do { self.sandbox = try PlatformShape(json: sandbox, usual: shape) } catch { throw error.under("sandbox") }
  }

  /// The form in the bundle: what the sandbox leaves out is as for the containers.
  public var json: JSONValue {
    var object: JSONObject = ["name": .string(name), "container": container.json(usual: .usual)]
    if let sandbox { object["sandbox"] = sandbox.json(usual: container) }
    return .object(object)
  }
}

/// What a platform adds to one kind of container. What is left out must not be there.
public struct PlatformShape: Equatable, Sendable {
  /// Variables beside those of the entry; the entry's rule for a name goes before.
  public var environment = EnvironmentRules()
  /// Variables that the platform puts before all others, in this order, though the others may have them too: one that
  /// comes again is left out, and the later one decides.
  public var replacedVariables: [ByteString] = []
  /// The mounts. Their order holds where one place is another's or lies beneath it, and is free otherwise.
  public var mounts: [MountRule] = []
  /// What a mount may look like at a place where the entry has scratch or a volume: its content is never used.
  public var volumes: [VolumeShape] = []
  /// The paths that the runtime masks; a command must list each of these.
  public var maskedPaths: [ByteString] = []
  /// What a command may mask besides: newer callers hide more, and some by the node's hardware.
  public var furtherMaskedPaths: [Matcher] = []
  /// The paths that the runtime makes read-only; a command must list exactly these.
  public var readonlyPaths: [ByteString] = []
  /// Where each kind of namespace may come from; the node's own where a kind is left out.
  public var namespaces = NamespaceRules()
  /// Where the container may stand in the cgroup hierarchies; nil: the command must not say.
  public var cgroupsPath: Matcher?
  /// The annotations, by pattern of the key.
  public var annotations: [AnnotationRule] = []
  public var hostname: Matcher?
  public var domainname: Matcher?
  /// Settings that a command may make, by key with dots.
  public var sysctls: [ByteString: Matcher] = [:]
  public var oomScoreAdj: ClosedRange<Int64>?
  /// Whether a command may name `unconfined`, AppArmor's word for no profile. `ward` loads none, but on a node that has
  /// AppArmor the word is an order to leave one out.
  public var isUnconfinedAdmitted = false
  /// Limits of getrlimit(2) beside those of the entry, which go before.
  public var rlimits: [ByteString: RlimitRule] = [:]
  /// Limits of getrlimit(2) that a command may state besides, soft and hard within a range: callers take some from the
  /// node's own. One that the entry or the platform states exactly is not looked up here.
  public var furtherRlimits: [ByteString: RlimitRange] = [:]
  /// Limits beside those of the entry, which go before.
  public var limits = LimitRules()
  /// Files of cgroup v2 that a command may set.
  public var unified: [ByteString: Matcher] = [:]
  /// The device rules that a command must list, exactly.
  public var deviceRules: [CgroupPlan.DeviceRule] = []

  /// A shape that adds nothing.
  public init() {}
}

extension PlatformShape {
  /// Reads the shape.
  ///
  /// - Parameter usual: what the members are that are left out.
  init(json: JSONValue, usual: PlatformShape) throws(JSONError) {
    self = try json.decodeObject { (members) throws(JSONError) in
      var shape = PlatformShape()
      shape.environment = try members.member("env", usually: usual.environment)
      shape.replacedVariables = try members.member("replacedEnv", usually: usual.replacedVariables)
      shape.mounts = usual.mounts
      if let mounts: JSONValue = try members.optional("mounts") {
        do throws(JSONError) {
          shape.mounts = try MountRules(json: mounts, usual: usual.mounts).rules
        } catch { throw error.under("mounts") }
      }
      shape.volumes = try members.member("volumes", usually: usual.volumes)
      shape.maskedPaths = try members.member("maskedPaths", usually: usual.maskedPaths)
      shape.furtherMaskedPaths = try members.member("furtherMaskedPaths", usually: usual.furtherMaskedPaths)
      shape.readonlyPaths = try members.member("readonlyPaths", usually: usual.readonlyPaths)
      shape.namespaces = try members.member("namespaces", usually: usual.namespaces)
      shape.cgroupsPath = try members.member("cgroupsPath", usually: usual.cgroupsPath)
      shape.annotations = try members.member("annotations", usually: AnnotationRules(rules: usual.annotations)).rules
      shape.hostname = try members.member("hostname", usually: usual.hostname)
      shape.domainname = try members.member("domainname", usually: usual.domainname)
      shape.sysctls = try members.member("sysctl", usually: usual.sysctls)
      shape.oomScoreAdj =
        try members.member("oomScoreAdj", usually: usual.oomScoreAdj.map(BundleRange.init))?.range
      shape.isUnconfinedAdmitted = try members.member("apparmorUnconfined", usually: usual.isUnconfinedAdmitted)
      shape.rlimits = try members.member("rlimits", usually: usual.rlimits)
      shape.furtherRlimits = try members.member("furtherRlimits", usually: usual.furtherRlimits)
      shape.limits = try members.member("limits", usually: usual.limits)
      shape.unified = try members.member("unified", usually: usual.unified)
      shape.deviceRules = try members.member("deviceRules", usually: usual.deviceRules)
      guard shape.namespaces.rules[.mount] == [.new] else {
        throw JSONError(.refused("expected a new mount namespace")).under("namespaces")
      }
      for (kind, origins) in shape.namespaces.rules where origins == [.node] {
        throw JSONError(.refused("expected an origin beside the node's own")).under(ByteString(kind.name))
          .under("namespaces")
      }
      return shape
    }
  }

  /// The form in the bundle; as for reading.
  func json(usual: PlatformShape) -> JSONValue {
    var object = JSONObject()
    object.add("env", environment, unless: usual.environment)
    object.add("replacedEnv", replacedVariables, unless: usual.replacedVariables)
    if mounts != usual.mounts { object["mounts"] = MountRules(mounts, usual: usual.mounts).json }
    object.add("volumes", volumes, unless: usual.volumes)
    object.add("maskedPaths", maskedPaths, unless: usual.maskedPaths)
    object.add("furtherMaskedPaths", furtherMaskedPaths, unless: usual.furtherMaskedPaths)
    object.add("readonlyPaths", readonlyPaths, unless: usual.readonlyPaths)
    object.add("namespaces", namespaces, unless: usual.namespaces)
    object.add("cgroupsPath", cgroupsPath, unless: usual.cgroupsPath)
    object.add("annotations", AnnotationRules(rules: annotations), unless: AnnotationRules(rules: usual.annotations))
    object.add("hostname", hostname, unless: usual.hostname)
    object.add("domainname", domainname, unless: usual.domainname)
    object.add("sysctl", sysctls, unless: usual.sysctls)
    object.add(
      "oomScoreAdj", oomScoreAdj.map(BundleRange.init), unless: usual.oomScoreAdj.map(BundleRange.init))
    object.add("apparmorUnconfined", isUnconfinedAdmitted, unless: usual.isUnconfinedAdmitted)
    object.add("rlimits", rlimits, unless: usual.rlimits)
    object.add("furtherRlimits", furtherRlimits, unless: usual.furtherRlimits)
    object.add("limits", limits, unless: usual.limits)
    object.add("unified", unified, unless: usual.unified)
    object.add("deviceRules", deviceRules, unless: usual.deviceRules)
    return .object(object)
  }
}

/// An annotation that a command may carry. Annotations steer nothing: they are shown by `ward state`.
public struct AnnotationRule: Equatable, Sendable {
  /// What the value must be.
  public enum Value: Equatable, Sendable {
    case matches(Matcher)
    /// One of the references of the entry's image.
    case imageReference
  }

  public var key: Pattern
  public var value: Value

  /// States a rule.
  public init(key: Pattern, value: Value) { (self.key, self.value) = (key, value) }
}

/// Annotation rules as an object by key.
struct AnnotationRules: BundlePart, Equatable {
  let rules: [AnnotationRule]

  init(rules: [AnnotationRule]) { self.rules = rules }

  init(json: JSONValue) throws(JSONError) {
    var rules: [AnnotationRule] = []
    for (key, value) in try JSONObject(json: json).members {
      do {
        rules.append(AnnotationRule(key: try Pattern(json: .string(key)), value: try Self.value(value)))
      } catch { throw error.under(key) }
    }
    self.rules = rules.sorted { $0.key.text < $1.key.text }
  }

  private static func value(_ json: JSONValue) throws(JSONError) -> AnnotationRule.Value {
    if case .object(["imageReference": true]) = json { return .imageReference }
    return .matches(try Matcher(json: json))
  }

  var json: JSONValue {
    var object = JSONObject()
    for rule in rules {
      switch rule.value {
      case .matches(let matcher): object.add(rule.key.text, matcher)
      case .imageReference: object[rule.key.text] = ["imageReference": true]
      }
    }
    return .object(object)
  }
}
