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
      PlatformProfile(
        name: try members.required("name"), container: try members.required("container"),
        sandbox: try members.optional("sandbox"))
    }
  }

  /// The form in the bundle.
  public var json: JSONValue {
    var object: JSONObject = ["name": .string(name), "container": container.json]
    object.add("sandbox", ifSet: sandbox)
    return .object(object)
  }
}

/// What a platform adds to one kind of container. What is left out must not be there.
public struct PlatformShape: Equatable, Sendable {
  /// Variables beside those of the entry; the entry's rule for a name goes before.
  public var environment = EnvironmentRules()
  /// Mounts in the order in which they must come.
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
  /// Limits of getrlimit(2) beside those of the entry, which go before.
  public var rlimits: [ByteString: RlimitRule] = [:]
  /// Limits beside those of the entry, which go before.
  public var limits = LimitRules()
  /// Files of cgroup v2 that a command may set.
  public var unified: [ByteString: Matcher] = [:]
  /// The device rules that a command must list, exactly.
  public var deviceRules: [CgroupPlan.DeviceRule] = []

  /// A shape that adds nothing.
  public init() {}
}

extension PlatformShape: BundlePart {
  /// Reads the shape.
  public init(json: JSONValue) throws(JSONError) {
    self = try json.decodeObject { (members) throws(JSONError) in
      var shape = PlatformShape()
      shape.environment = try members.optional("env") ?? EnvironmentRules()
      shape.mounts = try members.collection("mounts")
      shape.volumes = try members.collection("volumes")
      shape.maskedPaths = try members.collection("maskedPaths")
      shape.furtherMaskedPaths = try members.collection("furtherMaskedPaths")
      shape.readonlyPaths = try members.collection("readonlyPaths")
      shape.namespaces = try members.optional("namespaces") ?? NamespaceRules()
      shape.cgroupsPath = try members.optional("cgroupsPath")
      shape.annotations = try members.optional("annotations", as: AnnotationRules.self)?.rules ?? []
      shape.hostname = try members.optional("hostname")
      shape.domainname = try members.optional("domainname")
      shape.sysctls = try members.collection("sysctl")
      shape.oomScoreAdj = try members.optional("oomScoreAdj", as: BundleRange.self)?.range
      shape.rlimits = try members.collection("rlimits")
      shape.limits = try members.optional("limits") ?? LimitRules()
      shape.unified = try members.collection("unified")
      shape.deviceRules = try members.collection("deviceRules")
      return shape
    }
  }

  /// The form in the bundle.
  public var json: JSONValue {
    var object = JSONObject()
    if !environment.isEmpty { object.add("env", environment) }
    object.add("mounts", ifAny: mounts)
    object.add("volumes", ifAny: volumes)
    object.add("maskedPaths", ifAny: maskedPaths)
    object.add("furtherMaskedPaths", ifAny: furtherMaskedPaths)
    object.add("readonlyPaths", ifAny: readonlyPaths)
    if !namespaces.rules.isEmpty { object.add("namespaces", namespaces) }
    object.add("cgroupsPath", ifSet: cgroupsPath)
    if !annotations.isEmpty { object.add("annotations", AnnotationRules(rules: annotations)) }
    object.add("hostname", ifSet: hostname)
    object.add("domainname", ifSet: domainname)
    object.add("sysctl", ifAny: sysctls)
    object.add("oomScoreAdj", ifSet: oomScoreAdj.map(BundleRange.init))
    object.add("rlimits", ifAny: rlimits)
    if !limits.rules.isEmpty { object.add("limits", limits) }
    object.add("unified", ifAny: unified)
    object.add("deviceRules", ifAny: deviceRules)
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
struct AnnotationRules: BundlePart {
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
