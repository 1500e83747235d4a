internal import Bytes
internal import Linux
internal import Policy
internal import Scratch

extension InitProcess {
  /// Makes the container's root the root of this process, and lets go of the node's tree.
  borrowing func enterRoot() throws(ContainerError) -> FileTree {
    let tree = try placeRoot(at: "/")
    try leaveNode(for: tree)
    return tree
  }

  /// Gives the container's root a place in this process's own copy of the node's tree.
  borrowing func placeRoot(at path: ByteString) throws(ContainerError) -> FileTree {
    guard plan.namespaces.contains(where: { $0.kind == .mount }) else {
      throw .unsuitable("a container needs a mount namespace: its root would become that of the node")
    }
    return try step("root") { () throws(ContainerError) in
      let node = try system { () throws(SystemError) in
        let node = try FileDescriptor.open("/", [.path, .directory])
        // Nothing that happens here may travel back to the node.
        try node.setMount([], propagation: .private, recursive: true)
        return node
      }
      let root = try makeRoot(over: node)
      return try system { () throws(SystemError) in
        if path == "/" {
          try root.descriptor.attachMount(onto: node)
        } else {
          try root.descriptor.attachMount(onto: FileDescriptor.open(path, [.path, .directory]))
        }
        return FileTree(top: try root.descriptor.duplicate())
      }
    }
  }

  /// Makes a placed root the root of this process, and lets go of the node's tree.
  borrowing func leaveNode(for tree: borrowing FileTree) throws(ContainerError) {
    try step("root") { () throws(SystemError) in
      try CurrentProcess.changeDirectory(to: tree.top)
      try FileDescriptor.pivotRootToCurrentDirectory()
      try FileDescriptor.unmount(".", .detach)
    }
  }

  /// The detached mount that becomes the root.
  ///
  /// - Parameter node: The node's root, where the layers of a writable root may lie for a moment.
  private borrowing func makeRoot(over node: borrowing FileDescriptor) throws(ContainerError) -> SharedFile {
    guard let lower = sources.root else {
      return try system { () throws(SystemError) in
        let context = try FileSystemContext("tmpfs")
        try context.set("mode", to: "755")
        return SharedFile(try context.mount([.noSetuid, .noDevices, .noExec]))
      }
    }
    guard let scratch = plan.root.scratch else { return lower }
    do {
      return SharedFile(try Scratch.overlay(lower: lower.descriptor, scratch, place: node))
    } catch {
      throw .unsuitable("\(error)")
    }
  }

  /// What can only be set when everything is in place.
  borrowing func finishRoot(_ tree: borrowing FileTree, _ prepared: PreparedMounts) throws(ContainerError) {
    try step("root") { () throws(SystemError) in
      for case .attach(let mount) in prepared.steps where mount.readOnlyAtEnd {
        try mount.file.descriptor.setMount(.readOnly)
      }
      let propagation: MountPropagation? =
        switch plan.root.propagation {
        // As it is: the root was made private, or the node's slave, before it had a place.
        case .private, .slave: nil
        case .shared: .shared
        case .unbindable: .unbindable
        }
      if let propagation, plan.root.propagatesRecursively {
        for case .attach(let mount) in prepared.steps where mount.plan?.propagation == nil {
          try mount.file.descriptor.setMount([], propagation: propagation)
        }
      }
      let readOnly = plan.root.readonly || plan.root.source == .empty
      guard readOnly || propagation != nil else { return }
      try tree.top.setMount(readOnly ? .readOnly : [], propagation: propagation)
    }
  }
}
