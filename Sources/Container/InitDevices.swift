internal import Bytes
internal import Linux
internal import Policy

extension InitProcess {
  /// Makes the nodes and links of the container's own `/dev`.
  ///
  /// - Returns: the null device in it.
  borrowing func makeDevices(in dev: borrowing FileTree) throws(SystemError) -> SharedFile {
    for node in DeviceNode.all(plan.devices) {
      guard let path = node.pathInDev else { continue }
      if sources.devices[node.path] == nil {
        try node.make(at: path, in: dev)
      } else {
        // User 0 of another user namespace may not make nodes: those of the node are mounted here.
        try dev.directory(path.parentPath).makeNode(path.lastPathComponent, .regular, permissions: 0o666)
      }
    }
    for link in DeviceNode.links { try dev.top.makeSymbolicLink(link.name, to: link.target) }
    if plan.process.terminal { try dev.top.makeNode("console", .regular, permissions: 0o600) }
    return SharedFile(try dev.top.open("null", [.path, .noFollow], resolve: [.beneath, .noSymlinks]))
  }

  /// What is mounted in the container's own `/dev` right after it has its place.
  borrowing func deviceMounts() -> [LaunchSources.MountTree] {
    sources.devices.compactMap { path, tree in
      DeviceNode.all(plan.devices).first { $0.path == path }?.pathInDev
        .map { LaunchSources.MountTree(name: ByteString($0.bytes.dropFirst()), tree: tree) }
    }
  }

  /// Makes the nodes of the plan that lie outside of `/dev`.
  borrowing func makeOtherDevices(in tree: borrowing FileTree) throws(ContainerError) {
    for node in DeviceNode.all(plan.devices) where node.pathInDev == nil {
      try step("device \"\(node.path)\"") { () throws(SystemError) in try node.make(at: node.path, in: tree) }
    }
  }

  /// Makes the terminal of the plan, and `/dev/console` of it.
  borrowing func openTerminal(_ prepared: PreparedMounts) throws(ContainerError) -> SharedFile? {
    guard plan.process.terminal, let socket = sources.console else { return SharedFile?.none }
    guard let devpts = prepared.devpts else {
      throw .unsuitable("the process has a terminal, and the container has no devpts")
    }
    return try step("terminal") { () throws(SystemError) in
      let terminal = try Console.open(
        in: devpts.descriptor, for: plan.process, handingMasterTo: socket.descriptor)
      if let dev = prepared.dev {
        let place = try dev.descriptor.open("console", [.path, .noFollow], resolve: [.beneath, .noSymlinks])
        try terminal.cloneMount().attachMount(onto: place)
      }
      return SharedFile(terminal)
    }
  }
}
