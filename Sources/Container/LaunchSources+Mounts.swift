internal import Bytes
internal import Linux
internal import Policy
internal import VerifiedImage

extension LaunchSources {
  /// A tree of files without a place.
  struct MountTree {
    /// The name below the mount's destination; nil where it is the mount itself.
    let name: ByteString?
    let tree: SharedFile
  }

  /// What a mount needs of the node.
  struct MountSource {
    /// Detached trees, by name where the mount is a directory of several; none where the child makes a new file system.
    var trees: [MountTree] = []
    /// A user namespace with the mappings of a new file system.
    var idMapping: SharedFile?
  }

  /// Opens the sources of all mounts.
  static func mounts(
    _ plan: ContainerPlan, _ cgroup: Cgroup, among others: [ContainerState], _ store: StateStore, _ images: ImageStore
  ) throws(ContainerError) -> [MountSource] {
    var namespaces = MappedNamespaces()
    var sources: [MountSource] = []
    for mount in plan.mounts {
      sources.append(
        try step("mount \"\(mount.destination)\"") { () throws(ContainerError) in
          let mapping = try namespaces.namespace(of: mount, in: plan)
          if case .shared(let sandbox, let place) = mount.source {
            let tree = try SharedScratchTree.open(sandbox, place, among: others, store)
            return MountSource(trees: [MountTree(name: nil, tree: tree)])
          }
          return try source(mount, of: plan, mapping, cgroup) { (image) throws(ContainerError) in
            try open(image, images, plan.id)
          }
        })
    }
    return sources
  }

  private static func source(
    _ plan: MountPlan, of container: ContainerPlan, _ mapping: SharedFile?, _ cgroup: Cgroup,
    image open: (Image) throws(ContainerError) -> SharedFile
  ) throws(ContainerError) -> MountSource {
    switch plan.source {
    case .fileSystem: return MountSource(idMapping: mapping)
    case .scratch, .remount, .shared: return MountSource()
    case .image(let image): return MountSource(trees: [MountTree(name: nil, tree: try open(image))])
    case .libraries(let libraries): return MountSource(trees: [MountTree(name: nil, tree: try copies(of: libraries))])
    case .bind(let path, let recursive, let throughLinks):
      return try system { () throws(SystemError) in
        // Under an enforcing policy through no link: what was admitted by name is what is mounted. Never through the
        // links of /proc to this process's own files (CVE-2024-21626).
        let source = try FileDescriptor.open(path, .path, resolve: throughLinks ? .noMagicLinks : .noSymlinks)
        let tree = try source.cloneMount(recursive: recursive)
        if let mapping { try tree.mapMountIDs(by: mapping.descriptor, recursive: plan.idMapping?.isRecursive ?? false) }
        try tree.setPropagation(of: plan, in: container.root)
        return MountSource(trees: [MountTree(name: nil, tree: SharedFile(tree))])
      }
    case .cgroup:
      return try system { () throws(SystemError) in
        var trees: [MountTree] = []
        for view in try cgroup.views() {
          let tree = try FileDescriptor.open(view.directory, [.path, .directory]).cloneMount()
          trees.append(MountTree(name: view.name, tree: SharedFile(tree)))
        }
        return MountSource(trees: trees)
      }
    }
  }
}

extension FileDescriptor {
  /// Makes a copied tree private, unless its plan says otherwise: what the container mounts below a shared mount would
  /// appear on the node.
  ///
  /// To be shared with the node or its slave, a mount must still be what it was there. Nothing tells the top of a
  /// detached tree from what lies beneath: both are the same then, as with `rshared` and `rslave`.
  fileprivate borrowing func setPropagation(of plan: MountPlan, in root: RootPlan) throws(SystemError) {
    let inherited: Propagation = root.propagatesRecursively ? root.propagation : .private
    let propagation = plan.propagation ?? inherited
    if propagation == .unbindable && plan.propagation != nil && !plan.propagatesRecursively {
      try setMount([], propagation: .private, recursive: true)
      try setMount([], propagation: .unbindable)
    } else {
      try setMount([], propagation: MountPropagation(propagation), recursive: true)
    }
  }
}

extension MountPropagation {
  init(_ propagation: Propagation) {
    self =
      switch propagation {
      case .private: .private
      case .slave: .slave
      case .shared: .shared
      case .unbindable: .unbindable
      }
  }
}
