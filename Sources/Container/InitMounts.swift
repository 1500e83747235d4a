internal import Bytes
internal import Linux
internal import Policy
internal import Scratch

/// File systems of a container that exist, but have no place yet.
struct PreparedMounts {
  struct Mount {
    let plan: MountPlan?
    let destination: ByteString
    let file: SharedFile
    let isDirectory: Bool
    let link: FileTree.LastLink
    /// Trees that are mounted on directories of this one, by name.
    var parts: [LaunchSources.MountTree] = []
    /// Where other mount points and nodes are still to be made in it, it becomes read-only in the end.
    var readOnlyAtEnd = false
  }

  /// What happens to the container's tree, in the order of the plan.
  enum Step {
    case attach(Mount)
    case remount(MountPlan, [MountParameter])
  }

  var steps: [Step] = []
  /// The container's own `/dev`; nil where the plan binds one of the node.
  var dev: SharedFile?
  /// The terminals of the container.
  var devpts: SharedFile?
  /// The null device in the container's own `/dev`.
  var null: SharedFile?
  /// Nodes of the node that stand for devices which this process may not make, by path.
  var borrowed: [ByteString: SharedFile] = [:]
}

extension InitProcess {
  /// Makes every file system of the plan, and `/dev` where the plan has none.
  borrowing func prepareMounts() throws(ContainerError) -> PreparedMounts {
    var prepared = PreparedMounts()
    prepared.borrowed = sources.devices
    if !plan.mounts.contains(where: { $0.destination == "/dev" }) {
      try step("mount \"/dev\"") { () throws(SystemError) in
        let context = try FileSystemContext("tmpfs")
        try context.set("mode", to: "755")
        try context.set("size", to: "65536k")
        let file = SharedFile(try context.mount([.noSetuid, .strictAccessTime]))
        try add(file, nil, to: &prepared)
      }
    }
    for (mount, source) in zip(plan.mounts, sources.mounts) {
      try step("mount \"\(mount.destination)\"") { () throws(ContainerError) in
        try prepare(mount, source, &prepared)
      }
    }
    return prepared
  }

  private borrowing func prepare(
    _ mount: MountPlan, _ source: LaunchSources.MountSource, _ prepared: inout PreparedMounts
  ) throws(ContainerError) {
    let attributes = mount.flags
    switch mount.source {
    case .fileSystem(let type, let name, let parameters):
      guard mount.destination != "/proc" || type == "proc" else {
        throw .unsuitable("\"/proc\" cannot be mounted because it is not of type proc")
      }
      try system { () throws(SystemError) in
        let late: MountFlags = type == "tmpfs" ? .readOnly : []
        let file = try make(type, name, parameters, attributes.subtracting(late))
        if let mapping = source.idMapping { try file.descriptor.mapMountIDs(by: mapping.descriptor) }
        if let propagation = mount.propagation {
          try file.descriptor.setMount([], propagation: MountPropagation(propagation))
        }
        if type == "devpts" { prepared.devpts = file }
        if type == "tmpfs" && mount.destination == "/dev" { return try add(file, mount, to: &prepared) }
        // Where labels and kernel settings are read, no link of the image leads (CVE-2019-19921).
        let isOfKernel = type == "proc" || type == "sysfs" || mount.destination == "/dev"
        prepared.steps.append(
          .attach(
            .init(
              plan: mount, destination: mount.destination, file: file, isDirectory: true,
              link: isOfKernel ? .refused : .followed, readOnlyAtEnd: attributes.intersection(late) != [])))
      }
    case .scratch(let scratch):
      let file: SharedFile
      do {
        file = SharedFile(try Scratch.make(scratch))
      } catch {
        throw .unsuitable("\(error)")
      }
      let flags = attributes.subtracting(.readOnly)
      if !flags.isEmpty { try system { () throws(SystemError) in try file.descriptor.setMount(flags) } }
      prepared.steps.append(
        .attach(
          .init(
            plan: mount, destination: mount.destination, file: file, isDirectory: true, link: .followed,
            readOnlyAtEnd: attributes.contains(.readOnly))))
    case .bind, .image, .libraries, .shared:
      guard let tree = source.trees.first?.tree else { throw .unsuitable("its source was not opened") }
      try system { () throws(SystemError) in
        try tree.descriptor.change(mount)
        if mount.destination == "/proc", try tree.descriptor.fileSystem().magic != FileSystemMagic.proc {
          throw SystemError(call: "fstatfs", errno: ErrorNumber.EPERM, object: "the source is no procfs")
        }
        prepared.steps.append(
          .attach(
            .init(
              plan: mount, destination: mount.destination, file: tree,
              isDirectory: try tree.descriptor.status().kind == .directory, link: .followed)))
      }
    case .cgroup: try prepareCgroup(mount, source.trees, &prepared)
    case .remount(let parameters): prepared.steps.append(.remount(mount, parameters))
    }
  }

  /// A new instance of a file system; where the kernel gives the container's user namespace none, for want of rights over
  /// another namespace, the one that the node has.
  private borrowing func make(
    _ type: ByteString, _ source: ByteString, _ parameters: [MountParameter], _ attributes: MountFlags
  ) throws(SystemError) -> SharedFile {
    do {
      let context = try FileSystemContext(type)
      if !source.isEmpty { try context.set("source", to: source) }
      if let label = plan.mountLabel, type != "proc", type != "sysfs" { try context.set("context", to: label) }
      for parameter in parameters {
        if let value = parameter.value {
          try context.set(parameter.key, to: value)
        } else {
          try context.set(parameter.key)
        }
      }
      return SharedFile(try context.mount(attributes))
    } catch  where error.errno == ErrorNumber.EPERM {
      guard let place = nodeMount(type) else { throw error }
      let mount = try FileDescriptor.open(place.path, [.path, .directory], resolve: .noSymlinks)
      guard try mount.fileSystem().magic == place.magic else { throw error }
      let tree = try mount.cloneMount(recursive: true)
      try tree.setMount([], propagation: .private, recursive: true)
      try tree.setMount(attributes.union(place.attributes), recursive: true)
      return SharedFile(tree)
    }
  }

  /// Where the node has a file system that shows a namespace which the container shares with it.
  private borrowing func nodeMount(
    _ type: ByteString
  ) -> (path: ByteString, magic: UInt64, attributes: MountFlags)? {
    switch type {
    // Of a network namespace that the container's user namespace does not own. Read-only: it holds the node's settings.
    case "sysfs" where !namespaces.created.contains(.network): ("/sys", FileSystemMagic.sysfs, .readOnly)
    case "mqueue" where !namespaces.created.contains(.ipc): ("/dev/mqueue", FileSystemMagic.mqueue, [])
    case "proc" where !plan.namespaces.contains { $0.kind == .pid }: ("/proc", FileSystemMagic.proc, [])
    case _: nil
    }
  }

  /// One tree is the cgroup itself (v2); several stand in a RAM disk under the names of their controllers (v1).
  private borrowing func prepareCgroup(
    _ mount: MountPlan, _ trees: [LaunchSources.MountTree], _ prepared: inout PreparedMounts
  ) throws(ContainerError) {
    let attributes = mount.flags
    try system { () throws(SystemError) in
      for part in trees { try part.tree.descriptor.setMount(attributes) }
      let file: SharedFile
      if trees.count == 1 && trees[0].name == nil {
        file = trees[0].tree
      } else {
        let context = try FileSystemContext("tmpfs")
        try context.set("mode", to: "755")
        file = SharedFile(try context.mount(attributes.subtracting(.readOnly)))
        for part in trees { if let name = part.name { try file.descriptor.makeDirectory(name, mode: 0o755) } }
        try file.descriptor.setMount(attributes)
      }
      prepared.steps.append(
        .attach(
          .init(
            plan: mount, destination: mount.destination, file: file, isDirectory: true, link: .refused,
            parts: trees.filter { $0.name != nil })))
    }
  }

  /// Fills the container's own `/dev` before it has a place, so that nothing of the image can stand in the way
  /// (CVE-2026-41579: the image's `/dev` was a link).
  private borrowing func add(
    _ file: SharedFile, _ mount: MountPlan?, to prepared: inout PreparedMounts
  ) throws(SystemError) {
    prepared.dev = file
    prepared.null = try makeDevices(in: FileTree(top: file.descriptor.duplicate()), &prepared.borrowed)
    prepared.steps.append(
      .attach(
        .init(
          plan: mount, destination: "/dev", file: file, isDirectory: true, link: .refused,
          parts: deviceMounts(prepared.borrowed),
          readOnlyAtEnd: mount?.flags.contains(.readOnly) ?? false)))
  }
}

extension MountPlan {
  /// The attributes of a mount with nothing beneath.
  var flags: MountFlags {
    MountFlags(rawValue: attributes.union(recursiveAttributes).subtracting(recursiveCleared).rawValue)
  }
}

extension FileDescriptor {
  /// Gives a mount, and what lies beneath it, the attributes of its plan. What the plan does not name stays as it was:
  /// the container gets no more than the node's own mount allows.
  borrowing func change(_ plan: MountPlan) throws(SystemError) {
    if !plan.attributes.isEmpty || !plan.cleared.isEmpty {
      try setMount(
        MountFlags(rawValue: plan.attributes.rawValue), clearing: MountFlags(rawValue: plan.cleared.rawValue))
    }
    if !plan.recursiveAttributes.isEmpty || !plan.recursiveCleared.isEmpty {
      try setMount(
        MountFlags(rawValue: plan.recursiveAttributes.rawValue),
        clearing: MountFlags(rawValue: plan.recursiveCleared.rawValue), recursive: true)
    }
  }
}
