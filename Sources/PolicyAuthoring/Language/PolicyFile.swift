internal import Bytes
internal import Policy
internal import StrictJSON

/// The whole file as an author writes it.
struct PolicyFile: JSONObjectDecodable {
  let name: ByteString
  let version: UInt64
  let mode: Policy.Mode
  let platform: ByteString?
  /// The path of the image lock file, as seen from the policy's directory.
  let imageLock: ByteString?
  let integrity: IntegrityMode?
  /// The most bytes that images in integrity mode memory may have together.
  let memoryLimit: UInt64
  let sandbox: SandboxSource?
  let containers: [ByteString: ContainerSource]

  init(members: inout JSONMembers) throws(JSONError) {
    for (key, expected) in [("apiVersion", "ward/v1"), ("kind", "Policy")] as [(String, ByteString)] {
      let found: ByteString = try members.required(key)
      guard found == expected else {
        throw JSONError.value(expected: expected.description, found: found).under(ByteString(key))
      }
    }
    let metadata: Metadata = try members.required("metadata")
    (name, version) = (metadata.name, metadata.version)
    try members.takeNotes()
    mode = try members.optional("mode") ?? .enforce
    platform = try members.optional("platform")
    imageLock = try members.optional("images")
    integrity = try members.optional("integrity")
    memoryLimit = try members.optional("memoryLimit", as: Quantity.self).map { UInt64($0.value) } ?? 4 << 30
    sandbox = try members.optional("sandbox")
    containers = try members.optional("containers") ?? [:]
  }

  private struct Metadata: JSONObjectDecodable {
    let name: ByteString
    let version: UInt64

    init(members: inout JSONMembers) throws(JSONError) {
      name = try members.required("name")
      version = try members.required("version")
    }
  }
}

extension JSONMembers {
  /// Takes `notes`: words for people, which are no part of the bundle.
  mutating func takeNotes() throws(JSONError) { _ = try optional("notes", as: ByteString.self) }
}

/// How images are checked while they are in use, as authors name it.
enum IntegrityMode: String, JSONEnumeration {
  case dmVerity = "dm-verity"
  case memory

  var integrity: Integrity {
    switch self {
    case .dmVerity: .dmVerity
    case .memory: .memory
    }
  }
}

/// The pod's sandbox: the platform says what it looks like, the policy says that there is one.
struct SandboxSource: JSONObjectDecodable {
  let limits: LimitsSource?
  /// How many pods there may be at a time.
  let instances: UInt32?
  /// As whom it runs, where pods say so; otherwise as the platform's own.
  let user: UserSource?
  /// RAM disks by name, which containers of the pod share.
  let scratch: [ByteString: ScratchSource]
  let sysctls: [ByteString: MatcherSource]
  let namespaces: NamespacesSource?

  init(members: inout JSONMembers) throws(JSONError) {
    limits = try members.optional("limits")
    instances = try members.optional("instances")
    user = try members.optional("user")
    scratch = try members.optional("scratch") ?? [:]
    sysctls = try members.optional("sysctls") ?? [:]
    namespaces = try members.optional("namespaces")
  }
  /// Puts what the author states over what the platform's sandbox is by itself.
  func apply(to entry: inout ContainerEntry) {
    if let limits { entry.limits = limits.rules }
    if let instances { entry.instances = instances }
    if let user { entry.process.user = user.rule }
    for (name, scratch) in scratch { entry.scratch[SharedScratch.place(of: name)] = scratch.plan }
    entry.sysctls = sysctls.mapValues(\.matcher)
    if let namespaces { entry.namespaces = namespaces.rules }
  }
}
