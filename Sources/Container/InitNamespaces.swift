internal import Bytes
internal import Linux
internal import Policy

extension InitProcess {
  /// Takes the last steps into the container's namespaces; most of them the process has been born into.
  borrowing func enterNamespaces() throws(ContainerError) {
    if !namespaces.joinsUser { try joined.enter() }
    if namespaces.hasOwnUser {
      try step("user namespace") { () throws(SystemError) in
        try parent.await(.mapped)
        try CurrentProcess.becomeRoot()
        if namespaces.joinsUser, let mappings = plan.userMappings { try mappings.verify() }
      }
    }
    if namespaces.created.contains(.cgroup) {
      // Not by clone: it shows the cgroup in which the process is when the namespace is made.
      try step("cgroup namespace") { () throws(SystemError) in try CurrentProcess.unshare(.cgroup) }
    }
  }

  /// Gives new namespaces what a plan says of them. Without a namespace of its own, a container would change the node.
  borrowing func configureNamespaces() throws(ContainerError) {
    if namespaces.created.contains(.network) {
      try step("loopback interface") { () throws(SystemError) in
        try FileDescriptor.unixSocket().bringUpLoopback()
      }
    }
    guard plan.hostname != nil || plan.domainname != nil else { return }
    guard plan.namespaces.contains(where: { $0.kind == .uts }) else {
      throw .unsuitable("a host name needs a UTS namespace of the container")
    }
    try step("host name") { () throws(SystemError) in
      if let hostname = plan.hostname { try CurrentProcess.setHostname(hostname) }
      if let domainname = plan.domainname { try CurrentProcess.setDomainname(domainname) }
    }
  }
}

extension CurrentProcess {
  /// User 0 of the container's user namespace is who sets it up.
  static func becomeRoot() throws(SystemError) {
    try leaveGroups()
    try setGroup(0)
    try setUser(0)
  }
}

extension CurrentProcess {
  /// Leaves every supplementary group, where this process's user namespace lets it: where it does not, none of them is
  /// this program's to leave (user_namespaces(7), "/proc/PID/setgroups").
  static func leaveGroups() throws(SystemError) {
    do {
      try setSupplementaryGroups([])
    } catch  where error.errno == ErrorNumber.EPERM {
      let setting = try FileDescriptor.contents(of: "/proc/self/setgroups", limit: 16)
      guard setting.starts(with: "deny".utf8) else { throw error }
    }
  }
}

extension UserMappings {
  /// Makes sure that the user namespace of this process, which others have made, has these ids and no others.
  fileprivate func verify() throws(SystemError) {
    for (file, ranges) in [("uid_map", users), ("gid_map", groups)] {
      let text = ByteString(try FileDescriptor.contents(of: ByteString("/proc/self/\(file)"), limit: 65536))
      let lines = text.split(UInt8(ascii: "\n")).map { $0.split(UInt8(ascii: " ")).filter { !$0.isEmpty } }
      let expected = ranges.map { [$0.container, $0.host, $0.size].map { ByteString("\($0)") } }
      guard Set(lines.filter { !$0.isEmpty }) == Set(expected) else {
        throw SystemError(
          call: "read", errno: ErrorNumber.EINVAL, object: ByteString("\(file) of the namespace: other ids than stated")
        )
      }
    }
  }
}
