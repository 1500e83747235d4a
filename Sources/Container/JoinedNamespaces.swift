internal import Bytes
internal import Linux
internal import Policy

/// Existing namespaces that a container enters, opened and verified.
struct JoinedNamespaces {
  /// Left for the child.
  let ofChild: [(kinds: Namespaces, file: SharedFile)]

  /// Opens all of them, then enters those that are the launching process's part.
  ///
  /// - Parameter others: The containers as the decision saw them: another that has taken the id of one of them since is
  ///   not the one that was admitted.
  init(_ set: NamespaceSet, among others: [ContainerState], _ store: StateStore) throws(ContainerError) {
    var files: [(kinds: Namespaces, file: SharedFile)] = []
    for join in set.joinedByParent + set.joinedByChild {
      files.append((join.kinds, try Self.open(join, others, store)))
    }
    ofChild = Array(files[set.joinedByParent.count...])
    for (kinds, file) in files[..<set.joinedByParent.count] { try Self.enter(kinds, file) }
  }

  var descriptors: [Int32] { ofChild.map { $0.file.descriptor.rawValue } }

  /// Enters the namespaces that are the child's part.
  func enter() throws(ContainerError) {
    for (kinds, file) in ofChild { try Self.enter(kinds, file) }
  }

  private static func enter(_ kinds: Namespaces, _ file: SharedFile) throws(ContainerError) {
    try step("join namespace") { () throws(SystemError) in try CurrentProcess.enter(kinds, of: file.descriptor) }
  }

  private static func open(
    _ join: NamespaceSet.Join, _ others: [ContainerState], _ store: StateStore
  ) throws(ContainerError) -> SharedFile {
    switch join.origin {
    case .new: throw .unsuitable("a new namespace cannot be joined")
    case .container(let id):
      return try step("namespaces of container \(id)") { () throws(ContainerError) in
        guard let process = try store.find(id, in: others).process,
          let handle = try system({ () throws(SystemError) in try process.open() })
        else { throw .unsuitable("the container is not running") }
        return SharedFile(handle)
      }
    case .path(let path):
      return try step("namespace \"\(path)\"") { () throws(ContainerError) in
        let file = try system { () throws(SystemError) in
          SharedFile(try FileDescriptor.open(path, [.readOnly, .nonBlocking]))
        }
        try verify(file.descriptor, join.kinds)
        return file
      }
    }
  }

  /// A path may lead anywhere: it has to be a namespace, of the right kind, and not one of the node.
  private static func verify(_ file: borrowing FileDescriptor, _ kind: Namespaces) throws(ContainerError) {
    let (magic, actual, inode, own) = try system { () throws(SystemError) in
      let magic = try file.fileSystem().magic
      guard magic == FileSystemMagic.nsfs else { return (magic, kind, 0 as UInt64, 1 as UInt64) }
      let own = try FileDescriptor.open("/proc/self/ns/" + kind.procName, .path)
      return (magic, try file.namespaceKind(), try file.status().inode, try own.status().inode)
    }
    guard magic == FileSystemMagic.nsfs else { throw .unsuitable("it is no namespace") }
    guard actual == kind else { throw .unsuitable("it is a namespace of another kind than \(kind.procName)") }
    guard inode != own else { throw .unsuitable("it is the node's own namespace") }
  }
}

extension Namespaces {
  /// Those of these kinds in which this process is not together with another one.
  func others(than pid: Int32) throws(SystemError) -> Namespaces {
    var kinds: Namespaces = []
    for kind in [Namespaces.user, .mount, .pid, .network, .ipc, .uts, .cgroup, .time] where contains(kind) {
      let its = try FileDescriptor.open(ByteString("/proc/\(pid)/ns/") + kind.procName, .path).status().inode
      if its != (try FileDescriptor.open("/proc/self/ns/" + kind.procName, .path).status().inode) { kinds.insert(kind) }
    }
    return kinds
  }

  /// The name below `/proc/PID/ns`.
  fileprivate var procName: ByteString {
    switch self {
    case .user: "user"
    case .mount: "mnt"
    case .pid: "pid"
    case .network: "net"
    case .ipc: "ipc"
    case .uts: "uts"
    case .cgroup: "cgroup"
    case .time: "time"
    default: "unknown"
    }
  }
}
