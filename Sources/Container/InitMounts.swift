internal import Bytes
internal import Linux
internal import Policy
internal import Scratch

/// File systems of a container that exist, but have no place yet.
struct PreparedMounts {
  struct Mount {
    let destination: ByteString
    let file: SharedFile
    let isDirectory: Bool
    let link: FileTree.LastLink
    /// Trees that are mounted on directories of this one, by name.
    let parts: [LaunchSources.MountTree]
    /// Where other mount points and nodes are still to be made in it, it becomes read-only in the end.
    let readOnlyAtEnd: Bool
    let recursiveAttributes: MountFlags
    /// Whether it takes over what it covers.
    var copyUp = false
  }

  var mounts: [Mount] = []
  /// The container's own `/dev`; nil where the plan binds one of the node.
  var dev: SharedFile?
  /// The terminals of the container.
  var devpts: SharedFile?
  /// The null device in the container's own `/dev`.
  var null: SharedFile?
}

extension InitProcess {
  /// Makes every file system of the plan, and `/dev` where the plan has none.
  borrowing func prepareMounts() throws(ContainerError) -> PreparedMounts {
    var prepared = PreparedMounts()
    if !plan.mounts.contains(where: { $0.destination == "/dev" }) {
      try step("mount \"/dev\"") { () throws(SystemError) in
        let context = try FileSystemContext("tmpfs")
        try context.set("mode", to: "755")
        try context.set("size", to: "65536k")
        let file = SharedFile(try context.mount([.noSetuid, .strictAccessTime]))
        try add(file, destination: "/dev", attributes: [], to: &prepared)
      }
    }
    for (mount, trees) in zip(plan.mounts, sources.mounts) {
      guard mount.destination != "/" else { throw .unsuitable("mount \"/\": the root has its own plan") }
      try step("mount \"\(mount.destination)\"") { () throws(ContainerError) in
        try prepare(mount, trees, &prepared)
      }
    }
    return prepared
  }

  private borrowing func prepare(
    _ mount: MountPlan, _ trees: [LaunchSources.MountTree], _ prepared: inout PreparedMounts
  ) throws(ContainerError) {
    let attributes = MountFlags(rawValue: mount.attributes.rawValue)
    switch mount.source {
    case .fileSystem(let type, let source, let parameters):
      try system { () throws(SystemError) in
        let context = try FileSystemContext(type)
        if !source.isEmpty { try context.set("source", to: source) }
        for parameter in parameters {
          if let value = parameter.value {
            try context.set(parameter.key, to: value)
          } else {
            try context.set(parameter.key)
          }
        }
        let late: MountFlags = type == "tmpfs" ? .readOnly : []
        let file = SharedFile(try context.mount(attributes.subtracting(late)))
        if let propagation = mount.propagation {
          try file.descriptor.setMount([], propagation: MountPropagation(propagation))
        }
        if type == "devpts" { prepared.devpts = file }
        if type == "tmpfs" && mount.destination == "/dev" {
          try add(file, destination: mount.destination, attributes: attributes, to: &prepared)
        } else {
          prepared.mounts.append(
            .init(
              destination: mount.destination, file: file, isDirectory: true, link: .refused, parts: [],
              readOnlyAtEnd: attributes.intersection(late) != [], recursiveAttributes: [], copyUp: mount.copyUp))
        }
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
      prepared.mounts.append(
        .init(
          destination: mount.destination, file: file, isDirectory: true, link: .followed, parts: [],
          readOnlyAtEnd: attributes.contains(.readOnly), recursiveAttributes: []))
    case .bind, .image:
      guard let tree = trees.first?.tree else { throw .unsuitable("its source was not opened") }
      try system { () throws(SystemError) in
        try tree.descriptor.setMount(attributes)
        prepared.mounts.append(
          .init(
            destination: mount.destination, file: tree,
            isDirectory: try tree.descriptor.status().kind == .directory, link: .followed, parts: [],
            readOnlyAtEnd: false, recursiveAttributes: MountFlags(rawValue: mount.recursiveAttributes.rawValue)))
      }
    case .cgroup: try prepareCgroup(mount, attributes, trees, &prepared)
    }
  }

  /// One tree is the cgroup itself (v2); several stand in a RAM disk under the names of their controllers (v1).
  private borrowing func prepareCgroup(
    _ mount: MountPlan, _ attributes: MountFlags, _ trees: [LaunchSources.MountTree], _ prepared: inout PreparedMounts
  ) throws(ContainerError) {
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
      prepared.mounts.append(
        .init(
          destination: mount.destination, file: file, isDirectory: true, link: .refused,
          parts: trees.filter { $0.name != nil }, readOnlyAtEnd: false, recursiveAttributes: []))
    }
  }

  /// Fills the container's own `/dev` before it has a place, so that nothing of the image can stand in the way
  /// (CVE-2026-41579: the image's `/dev` was a link).
  private borrowing func add(
    _ file: SharedFile, destination: ByteString, attributes: MountFlags, to prepared: inout PreparedMounts
  ) throws(SystemError) {
    prepared.dev = file
    prepared.null = try makeDevices(in: FileTree(top: file.descriptor.duplicate()))
    prepared.mounts.append(
      .init(
        destination: destination, file: file, isDirectory: true, link: .refused, parts: deviceMounts(),
        readOnlyAtEnd: attributes.contains(.readOnly), recursiveAttributes: []))
  }

  /// Gives everything its place, in the order of the plan.
  ///
  /// - Returns: the program's end of its terminal.
  borrowing func attach(_ prepared: PreparedMounts, to tree: borrowing FileTree) throws(ContainerError) -> SharedFile? {
    for mount in prepared.mounts {
      do {
        let place = try tree.mountPoint(mount.destination, directory: mount.isDirectory, mount.link)
        if mount.copyUp { try CopyUp.copy(tree.read(mount.destination), to: mount.file.descriptor) }
        try mount.file.descriptor.attachMount(onto: place)
        for part in mount.parts {
          guard let name = part.name else { continue }
          let place = try mount.file.descriptor.open(name, [.path, .noFollow], resolve: [.beneath, .noSymlinks])
          try part.tree.descriptor.attachMount(onto: place)
        }
        if !mount.recursiveAttributes.isEmpty {
          try mount.file.descriptor.setMount(mount.recursiveAttributes, recursive: true)
        }
      } catch  where error.errno == ErrorNumber.EROFS {
        throw .unsuitable(
          "mount \"\(mount.destination)\": the mount point does not exist, and the file system is read-only")
      } catch {
        throw .step("mount \"\(mount.destination)\"", error)
      }
    }
    if prepared.dev != nil { try makeOtherDevices(in: tree) }
    return try openTerminal(prepared)
  }
}
