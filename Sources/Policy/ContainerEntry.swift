public import Bytes
public import StrictJSON

/// Whose rights a process has: exact ids.
public struct UserRule: Equatable, Sendable {
  public var uid: UInt32
  public var gid: UInt32
  /// Beside the gid; ascending, each once.
  public var groups: [UInt32]
  /// Nil: ``defaultUmask``.
  public var umask: UInt32?

  /// What holds where neither a policy nor a command says anything, as with runc and crun.
  public static let defaultUmask: UInt32 = 0o022

  /// What the process gets: a command may say it or leave it out.
  package var fileMask: UInt32 { umask ?? Self.defaultUmask }

  /// States a user.
  public init(uid: UInt32, gid: UInt32, groups: [UInt32] = [], umask: UInt32? = nil) {
    (self.uid, self.gid, self.groups, self.umask) = (uid, gid, groups, umask)
  }
}

/// A container that the policy names.
public struct ContainerEntry: Equatable, Sendable {
  /// What runs.
  public enum Program: Equatable, Sendable {
    /// The arguments, in the verified image of this name.
    case image(ByteString)
    /// `ward`'s own pause process, whatever arguments were sent.
    case pause
  }

  public var program: Program
  /// The process that `create` starts.
  public var process: ProcessRule
  /// RAM disks by destination; at `/` it lies over the image and takes every write.
  public var scratch: [ByteString: ScratchPlan] = [:]
  /// Names of images by destination.
  public var volumes: [ByteString: ByteString] = [:]
  /// RAM disks of the pod's sandbox by destination.
  public var shared: [ByteString: SharedScratch] = [:]
  public var gpu: GPURule?
  public var limits = LimitRules()
  /// Kernel parameters that a command must set, by key with dots. They go before those of the platform.
  public var sysctls: [ByteString: Matcher] = [:]
  /// Where namespaces of these kinds may come from, in place of the platform's rules.
  public var namespaces = NamespaceRules()
  /// The signals that `kill` may send: the kernel's numbers, ascending.
  public var signals: [Int32] = []
  /// Whether `pause` and `resume` are admitted.
  public var canPause = false
  /// What `exec` may run, by name.
  public var exec: [ByteString: ProcessRule] = [:]
  /// How many containers of this entry may be there at a time.
  public var instances: UInt32 = 1
  /// How often a container may be launched again, in its pod, or else since the node booted; nil: without end.
  public var restarts: UInt32?
  /// Entries of which a container must be running before, in the same pod where there are pods.
  public var needs: [ByteString] = []

  /// States an entry.
  public init(program: Program, process: ProcessRule) { (self.program, self.process) = (program, process) }

  /// Whether the entry says what lies at a place.
  package func hasOwn(_ place: ByteString) -> Bool {
    scratch[place] != nil || volumes[place] != nil || shared[place] != nil
  }

  /// Where its namespaces may come from on a platform.
  package func namespaces(on shape: PlatformShape) -> NamespaceRules {
    NamespaceRules(shape.namespaces.rules.merging(namespaces.rules) { $1 })
  }
}

/// What the bundle says of pausing: left out where it is denied, so that older bundles are what they were.
private enum PausePermission: String, JSONEnumeration { case allow }

extension ContainerEntry: BundlePart {
  /// Reads the entry; without `image` it is the pod's sandbox.
  public init(json: JSONValue) throws(JSONError) {
    self = try json.decodeObject { (members) throws(JSONError) in
      let image: ByteString? = try members.optional("image")
      // `ward`'s own process has a filter of its own, which admits nothing but to be ended.
      let usual = image == nil ? ProcessRule.pause : nil
      var entry = ContainerEntry(
        program: image.map(Program.image) ?? .pause, process: try ProcessRule(members: &members, usual: usual))
      entry.scratch = try members.collection("scratch")
      entry.volumes = try members.collection("volumes")
      entry.shared = try members.collection("shared")
      entry.gpu = try members.optional("gpu")
      entry.limits = try members.optional("limits") ?? LimitRules()
      entry.sysctls = try members.collection("sysctls")
      entry.namespaces = try members.member("namespaces", usually: NamespaceRules())
      entry.signals = try members.collection("signals")
      entry.canPause = try members.optional("pause", as: PausePermission.self) == .allow
      entry.exec = try ExecRules.read(&members, of: entry.process)
      entry.instances = try members.member("instances", usually: 1)
      entry.restarts = try members.optional("restarts")
      entry.needs = try members.collection("needs")
      return entry
    }
  }

  /// The form in the bundle.
  public var json: JSONValue {
    var object: JSONObject
    switch program {
    case .image(let name):
      object = process.object(usual: nil)
      object.add("image", name)
    case .pause: object = process.object(usual: .pause)
    }
    object.add("scratch", ifAny: scratch)
    object.add("volumes", ifAny: volumes)
    object.add("shared", ifAny: shared)
    object.add("gpu", ifSet: gpu)
    if !limits.rules.isEmpty { object.add("limits", limits) }
    object.add("sysctls", ifAny: sysctls)
    object.add("namespaces", namespaces, unless: NamespaceRules())
    object.add("signals", ifAny: signals)
    if canPause { object["pause"] = .string(ByteString(PausePermission.allow.rawValue)) }
    if !exec.isEmpty { object["exec"] = ExecRules.json(exec, of: process) }
    object.add("instances", instances, unless: 1)
    object.add("restarts", ifSet: restarts)
    object.add("needs", ifAny: needs)
    return .object(object)
  }
}

extension UserRule: BundlePart {
  /// Reads `{"gid":1,"uid":1}`, perhaps with `groups` and `umask`.
  public init(json: JSONValue) throws(JSONError) {
    self = try json.decodeObject { (members) throws(JSONError) in
      UserRule(
        uid: try members.required("uid"), gid: try members.required("gid"), groups: try members.collection("groups"),
        umask: try members.optional("umask"))
    }
    guard groups == groups.sorted(), Set(groups).count == groups.count else {
      throw JSONError(.refused("expected groups in ascending order, each once")).under("groups")
    }
  }

  /// The form in the bundle.
  public var json: JSONValue {
    var object: JSONObject = ["uid": JSONValue(uid), "gid": JSONValue(gid)]
    object.add("groups", ifAny: groups)
    object.add("umask", ifSet: umask)
    return .object(object)
  }
}

extension ScratchPlan: BundlePart {
  private static let usualMode: UInt32 = 0o1777

  /// Reads `{"size":67108864}`, perhaps with `mode` and `executable`.
  public init(json: JSONValue) throws(JSONError) {
    self = try json.decodeObject { (members) throws(JSONError) in
      ScratchPlan(
        size: try members.required("size"), mode: try members.member("mode", usually: Self.usualMode),
        executable: try members.member("executable", usually: false), hugePages: try members.optional("hugePages"))
    }
    try size.checkPortable()
    guard size > 0 else { throw JSONError(.refused("expected a size in bytes, found 0")).under("size") }
    guard mode <= 0o1777 else { throw JSONError(.refused("expected permission bits up to 01777")).under("mode") }
  }

  /// The form in the bundle.
  public var json: JSONValue {
    var object: JSONObject = ["size": JSONValue(size)]
    object.add("mode", mode, unless: Self.usualMode)
    object.add("executable", executable, unless: false)
    object["hugePages"] = hugePages.map { .string(ByteString($0.rawValue)) }
    return .object(object)
  }
}
