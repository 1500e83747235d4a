internal import Bytes
internal import Linux
internal import Policy

/// A RAM disk of a running sandbox, to be mounted in a container of its pod.
///
/// It lies in the sandbox's mount namespace and nowhere on the node, so that it ends with the pod, whatever else fails. A
/// mount can only be copied from within its own namespace (open_tree(2), check_mnt): this process goes there and back.
enum SharedScratchTree {
  /// Copies the mount, without a place.
  ///
  /// - Parameter others: The containers as the decision saw them.
  static func open(
    _ sandbox: ContainerID, _ place: ByteString, among others: [ContainerState], _ store: StateStore
  ) throws(ContainerError) -> SharedFile {
    guard let process = try store.find(sandbox, in: others).process,
      let handle = try system({ () throws(SystemError) in try process.open() })
    else { throw .unsuitable("the sandbox is not running") }
    let home = try system { () throws(SystemError) in try Home() }
    let tree: SharedFile
    do {
      tree = try system { () throws(SystemError) in
        try CurrentProcess.enter(.mount, of: handle)
        let source = try FileDescriptor.open(place, [.path, .directory], resolve: .noSymlinks)
        return SharedFile(try source.cloneMount())
      }
    } catch {
      try system { () throws(SystemError) in try home.enter() }
      throw error
    }
    try system { () throws(SystemError) in try home.enter() }
    return tree
  }

  /// The way back: to enter a mount namespace makes its root that of the process (setns(2)).
  private struct Home {
    private let namespace: SharedFile
    private let root: SharedFile
    private let directory: SharedFile

    init() throws(SystemError) {
      namespace = SharedFile(try FileDescriptor.open("/proc/self/ns/mnt", .readOnly))
      root = SharedFile(try FileDescriptor.open("/", [.path, .directory]))
      directory = SharedFile(try FileDescriptor.open(".", [.path, .directory]))
    }

    func enter() throws(SystemError) {
      try CurrentProcess.enter(.mount, of: namespace.descriptor)
      try CurrentProcess.changeRoot(to: root.descriptor)
      try CurrentProcess.changeDirectory(to: directory.descriptor)
    }
  }
}
