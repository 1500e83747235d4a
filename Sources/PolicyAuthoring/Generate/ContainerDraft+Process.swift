internal import Bytes
internal import Policy
internal import RuntimeSpec
internal import StrictJSON

/// What runs, and whose rights it has.
extension ContainerDraft {
  /// The arguments as containerd joins them from image and manifest.
  func arguments(_ variables: [EnvironmentDraft]) throws(JSONError) -> [String] {
    let known = references(variables)
    let command = container.command.flatMap { $0.isEmpty ? nil : $0 }
    let stated = container.args.flatMap { $0.isEmpty ? nil : $0 }
    guard command != nil || config != nil else {
      throw JSONError(
        .refused("command: expected the program, as the lock file does not say what the image \(imageName) runs")
      ).under("command")
    }
    let program = try at("command") { () throws(JSONError) in
      try command?.mapPlaces { (text) throws(JSONError) in try expanded(text, known).yaml() }
        ?? config?.entrypoint.map(YAMLText.scalar) ?? []
    }
    let rest = try at("args") { () throws(JSONError) in
      try stated?.mapPlaces { (text) throws(JSONError) in try expanded(text, known).yaml() }
        ?? (command == nil ? config?.cmd.map(YAMLText.scalar) : nil) ?? []
    }
    guard !(program + rest).isEmpty else {
      throw JSONError(.refused("command: expected the program, as the image states none")).under("command")
    }
    return program + rest
  }

  func addUser(to lines: inout PolicyLines) throws(JSONError) {
    let (uid, gid) = try at("securityContext") { () throws(JSONError) in
      let uid = try userID()
      guard uid != 0 || security.runAsNonRoot != true else {
        throw JSONError(.refused("runAsNonRoot: expected another user than 0")).under("runAsNonRoot")
      }
      guard let gid = security.gid else {
        throw JSONError(
          .refused("runAsGroup: expected a number, as the image's /etc/passwd would choose the group otherwise")
        ).under("runAsGroup")
      }
      return (uid, gid)
    }
    let groups = Set(security.groups).subtracting([gid]).sorted().map { String($0) }
    if security.imageAddsGroups {
      lines.note("no groups of the image's /etc/group, which supplementalGroupsPolicy: Strict keeps away", indent: 4)
    }
    let more = groups.isEmpty ? "" : ", groups: [\(groups.joined(separator: ", "))]"
    lines.add("user: {uid: \(uid), gid: \(gid)\(more)}", indent: 4)
  }

  private func userID() throws(JSONError) -> UInt32 {
    if let uid = security.uid { return uid }
    guard let config else {
      throw JSONError(
        .refused("runAsUser: expected a number, as the lock file does not say whose rights the image has")
      ).under("runAsUser")
    }
    guard let user = config.user else { return 0 }
    let name = user.splitFirst(UInt8(ascii: ":"))?.0 ?? user
    guard let uid = UInt32(decimal: name) else {
      throw JSONError(.refused("runAsUser: expected a number, as the image's user is a name, \(name)")).under(
        "runAsUser")
    }
    return uid
  }

  /// What containerd gives a container that drops nothing.
  private static let containerdCapabilities: [ByteString] = [
    "CHOWN", "DAC_OVERRIDE", "FSETID", "FOWNER", "MKNOD", "NET_RAW", "SETGID", "SETUID", "SETFCAP", "SETPCAP",
    "NET_BIND_SERVICE", "SYS_CHROOT", "KILL", "AUDIT_WRITE",
  ]

  /// What Podman gives a container that drops nothing.
  private static let podmanCapabilities: [ByteString] = [
    "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID",
    "SYS_CHROOT",
  ]

  func addRights(to lines: inout PolicyLines) throws(JSONError) {
    let short = { (name: ByteString) in name.hasPrefix("CAP_") ? ByteString(name.bytes.dropFirst(4)) : name }
    let dropped = Set(security.dropped.map(short))
    let usual = generator.isPodman ? Self.podmanCapabilities : Self.containerdCapabilities
    let start = dropped.contains("ALL") ? [] : usual
    let added = security.added.map(short).filter { !start.contains($0) }
    let names = (start + added).filter { !dropped.contains($0) }
    if generator.isPodman {
      let uid = try at("securityContext") { () throws(JSONError) in try userID() }
      try checkPodmanRights(names, uid: uid)
    }
    let giver = generator.isPodman ? "Podman" : "containerd"
    if !start.isEmpty { lines.note("what \(giver) leaves to a container that does not drop ALL", indent: 4) }
    if !names.isEmpty { lines.add(YAMLText.list(names.map(YAMLText.scalar), after: "capabilities", indent: 4)) }
    if security.allowsEscalation ?? true {
      lines.note("allowPrivilegeEscalation is not false: set-user-ID programs may gain rights", indent: 4)
      lines.add("noNewPrivileges: false", indent: 4)
    }
    if security.seccomp == "Unconfined" {
      lines.note("seccompProfile is Unconfined", indent: 4)
      lines.add("seccomp: none", indent: 4)
    }
  }
}
