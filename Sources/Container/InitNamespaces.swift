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
    try setSupplementaryGroups([])
    try setGroup(0)
    try setUser(0)
  }
}
