internal import Bytes
internal import Policy
internal import StrictJSON

/// The security context of a pod or of one of its containers; what a container states goes before.
struct SecurityManifest {
  var uid: UInt32?
  var gid: UInt32?
  var runAsNonRoot: Bool?
  /// Of the pod: groups beside the first one.
  var groups: [UInt32] = []
  /// Of the pod: one of the groups, which kubelet also gives the volumes.
  var fsGroup: UInt32?
  /// Of the pod: whether the image's /etc/group adds groups.
  var imageAddsGroups = true
  var allowsEscalation: Bool?
  var readOnlyRoot: Bool?
  var added: [ByteString] = []
  var dropped: [ByteString] = []
  var seccomp: ByteString?
  /// Of the pod: kernel parameters of its namespaces.
  var sysctls: [(name: ByteString, value: ByteString)] = []
  /// Whether containerd sets no AppArmor profile, on nodes that have AppArmor.
  var unconfined: Bool?

  init() {}

  private mutating func readCommon(_ members: inout JSONMembers) throws(JSONError) {
    uid = try members.optional("runAsUser")
    gid = try members.optional("runAsGroup")
    runAsNonRoot = try members.optional("runAsNonRoot")
    try members.refuse(["seLinuxOptions"], because: "Ward sets no SELinux labels")
    try members.refuse(["windowsOptions"], because: "the policy is for Linux")
    seccomp = try members.optional("seccompProfile", as: ProfileSource.self)?.type
    if let profile: ProfileSource = try members.optional("appArmorProfile") {
      guard profile.type == "Unconfined" else {
        throw JSONError(.refused("type: expected Unconfined, found \(profile.type): Ward loads no AppArmor profiles"))
          .under("type").under("appArmorProfile")
      }
      unconfined = true
    }
    if seccomp == "Localhost" {
      throw JSONError(.refused("type: expected RuntimeDefault or Unconfined: a node's own profile is not measured"))
        .under("type").under("seccompProfile")
    }
  }

  /// A profile by its type; the file of a local one stands beside it.
  private struct ProfileSource: JSONObjectDecodable {
    let type: ByteString

    init(members: inout JSONMembers) throws(JSONError) {
      type = try members.required("type")
      guard (["RuntimeDefault", "Unconfined", "Localhost"] as [ByteString]).contains(type) else {
        throw JSONError.value(expected: "RuntimeDefault|Unconfined|Localhost", found: type).under("type")
      }
      try members.passOver("localhostProfile")
    }
  }

  /// That of a pod.
  struct Pod: JSONObjectDecodable {
    var context = SecurityManifest()

    init(members: inout JSONMembers) throws(JSONError) {
      try context.readCommon(&members)
      guard context.gid == nil || context.uid != nil else {
        throw JSONError(.refused("runAsGroup: expected runAsUser beside it, without which no sandbox starts")).under(
          "runAsGroup")
      }
      context.groups = try members.optional("supplementalGroups") ?? []
      context.fsGroup = try members.optional("fsGroup")
      if let group = context.fsGroup { context.groups.append(group) }
      let groupsPolicy: GroupsPolicy = try members.optional("supplementalGroupsPolicy") ?? .merge
      context.imageAddsGroups = groupsPolicy == .merge
      try members.passOver("fsGroupChangePolicy", "seLinuxChangePolicy")
      context.sysctls = try (members.optional("sysctls", as: [Sysctl].self) ?? []).map { ($0.name, $0.value) }
    }

    private struct Sysctl: JSONObjectDecodable {
      let name: ByteString
      let value: ByteString

      init(members: inout JSONMembers) throws(JSONError) {
        name = try members.required("name")
        value = try members.required("value")
      }
    }
  }

  /// That of a container.
  struct Container: JSONObjectDecodable {
    var context = SecurityManifest()

    init(members: inout JSONMembers) throws(JSONError) {
      try context.readCommon(&members)
      context.allowsEscalation = try members.optional("allowPrivilegeEscalation")
      context.readOnlyRoot = try members.optional("readOnlyRootFilesystem")
      try members.only(false, for: "privileged", because: "no policy admits a privileged container")
      try members.only("Default", for: "procMount", because: "paths of /proc stay masked")
      if let capabilities: Capabilities = try members.optional("capabilities") {
        (context.added, context.dropped) = (capabilities.add, capabilities.drop)
      }
    }
  }

  private enum GroupsPolicy: String, JSONEnumeration {
    case merge = "Merge"
    case strict = "Strict"
  }

  private struct Capabilities: JSONObjectDecodable {
    let add: [ByteString]
    let drop: [ByteString]

    init(members: inout JSONMembers) throws(JSONError) {
      add = try members.optional("add") ?? []
      drop = try members.optional("drop") ?? []
      for (key, names) in [("add", add), ("drop", drop)] as [(ByteString, [ByteString])] {
        try at(key) { () throws(JSONError) in
          _ = try names.mapPlaces { (name) throws(JSONError) in
            if name != "ALL" || key == "add" { _ = try CapabilitySource(json: .string(name)) }
          }
        }
      }
    }
  }

  /// What holds for a container.
  func applied(over pod: SecurityManifest) -> SecurityManifest {
    var merged = self
    merged.uid = uid ?? pod.uid
    merged.gid = gid ?? pod.gid
    merged.runAsNonRoot = runAsNonRoot ?? pod.runAsNonRoot
    merged.seccomp = seccomp ?? pod.seccomp
    merged.unconfined = unconfined ?? pod.unconfined
    merged.groups = pod.groups
    merged.imageAddsGroups = pod.imageAddsGroups
    return merged
  }
}
