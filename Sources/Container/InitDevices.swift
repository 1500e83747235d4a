internal import Bytes
internal import Linux
internal import Policy

extension InitProcess {
  /// Makes the nodes and links of the container's own `/dev`.
  ///
  /// - Parameter borrowed: Nodes of the node that are mounted where this process may not make its own, by path: user 0 of
  ///   another user namespace may not. Where `ward` itself is in one, that shows here.
  /// - Returns: the null device in it.
  borrowing func makeDevices(
    in dev: borrowing FileTree, _ borrowed: inout [ByteString: SharedFile]
  ) throws(SystemError) -> SharedFile {
    for node in DeviceNode.all(plan.devices) {
      guard let path = node.pathInDev else {
        // Those outside of /dev are made when the node's files are gone.
        if !borrowed.isEmpty, borrowed[node.path] == nil, node.kind != .fifo {
          borrowed[node.path] = try node.borrow()
        }
        continue
      }
      if borrowed[node.path] == nil {
        do {
          try node.make(at: path, in: dev)
          continue
        } catch  where error.errno == ErrorNumber.EPERM && node.kind != .fifo {
          borrowed[node.path] = try node.borrow()
        }
      }
      try dev.directory(path.parentPath).makeNode(path.lastPathComponent, .regular, permissions: 0o666)
    }
    for link in DeviceNode.links { try dev.top.makeSymbolicLink(link.name, to: link.target) }
    if plan.process.terminal { try dev.top.makeNode("console", .regular, permissions: 0o600) }
    if let null = borrowed["/dev/null"] { return null }
    return SharedFile(try dev.top.open("null", [.path, .noFollow], resolve: [.beneath, .noSymlinks]))
  }

  /// What is mounted in the container's own `/dev` right after it has its place.
  borrowing func deviceMounts(_ borrowed: [ByteString: SharedFile]) -> [LaunchSources.MountTree] {
    if borrowed.isEmpty { return [] }
    return DeviceNode.all(plan.devices).compactMap { node in
      guard let tree = borrowed[node.path], let path = node.pathInDev else { return nil }
      return LaunchSources.MountTree(name: ByteString(path.bytes.dropFirst()), tree: tree)
    }
  }

  /// Makes the nodes of the plan that lie outside of the container's own `/dev`.
  borrowing func makeOtherDevices(_ prepared: PreparedMounts, in tree: borrowing FileTree) throws(ContainerError) {
    for plan in plan.devices {
      let node = DeviceNode(plan)
      if prepared.dev != nil && node.pathInDev != nil { continue }
      try step("device \"\(node.path)\"") { () throws(SystemError) in
        if node.pathInDev != nil {
          // A `/dev` of the node: it has the device, or lacks it for everybody.
          try node.verify(tree.find(node.path, .refused))
        } else if let file = prepared.borrowed[node.path] {
          try file.descriptor.attachMount(
            onto: tree.mountPoint(node.path, directory: false, .refused).place)
        } else {
          try node.make(at: node.path, in: tree)
        }
      }
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
