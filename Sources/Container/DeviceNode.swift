internal import Bytes
internal import Linux
internal import Policy

/// A node that the container finds in its `/dev`.
struct DeviceNode: Equatable {
  let path: ByteString
  let kind: FileStatus.Kind
  let number: DeviceNumber
  let permissions: UInt32
  let uid: UInt32
  let gid: UInt32

  /// Every container has these (runtime-spec, config-linux, "Default Devices").
  static let defaults: [DeviceNode] = [
    DeviceNode(character: "/dev/null", 1, 3), DeviceNode(character: "/dev/zero", 1, 5),
    DeviceNode(character: "/dev/full", 1, 7), DeviceNode(character: "/dev/random", 1, 8),
    DeviceNode(character: "/dev/urandom", 1, 9), DeviceNode(character: "/dev/tty", 5, 0),
  ]

  /// Links of the specification, and those that programs expect: name in `/dev` and target.
  static let links: [(name: ByteString, target: ByteString)] = [
    ("ptmx", "pts/ptmx"), ("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"),
    ("stderr", "/proc/self/fd/2"),
  ]

  /// The default devices and those of the plan, which may say otherwise for a default one.
  static func all(_ plans: [DevicePlan]) -> [DeviceNode] {
    // The container's ptmx is that of its own devpts: the node's would make terminals of the node.
    let asked = plans.map(DeviceNode.init).filter { $0.path != "/dev/ptmx" }
    return defaults.filter { standard in !asked.contains { $0.path == standard.path } } + asked
  }

  /// The path below `/dev`, which starts with a slash; nil where the node lies elsewhere.
  var pathInDev: ByteString? {
    path.hasPrefix("/dev/") ? ByteString(path.bytes.dropFirst(4)) : nil
  }

  private init(character path: ByteString, _ major: UInt32, _ minor: UInt32) {
    (self.path, kind, number) = (path, .characterDevice, DeviceNumber(major: major, minor: minor))
    (permissions, uid, gid) = (0o666, 0, 0)
  }

  init(_ plan: DevicePlan) {
    path = plan.path
    kind =
      switch plan.kind {
      case .character: .characterDevice
      case .block: .blockDevice
      case .fifo: .fifo
      }
    number = DeviceNumber(major: plan.major, minor: plan.minor)
    (permissions, uid, gid) = (plan.mode & 0o777, plan.uid, plan.gid)
  }

  /// Makes the node in a tree in which nothing else has its place.
  func make(at path: ByteString, in tree: borrowing FileTree) throws(SystemError) {
    if path.parentPath == "/" { return try make(path.lastPathComponent, in: tree.top) }
    try make(path.lastPathComponent, in: tree.directory(path.parentPath))
  }

  private func make(_ name: ByteString, in parent: borrowing FileDescriptor) throws(SystemError) {
    do {
      try parent.makeNode(name, kind, permissions: permissions, device: number)
    } catch  where error.errno == ErrorNumber.EEXIST {
      // The right one may be there already, any other file is an error (config-linux.md, "Devices").
      return try verify(parent.open(name, [.path, .noFollow], resolve: [.beneath, .noSymlinks]))
    }
    if uid != 0 || gid != 0 {
      try parent.open(name, [.path, .noFollow], resolve: [.beneath, .noSymlinks]).setOwner(uid: uid, gid: gid)
    }
  }

  /// Makes sure that an open file is this device, by its kind and number.
  func verify(_ file: borrowing FileDescriptor) throws(SystemError) {
    let status = try file.status()
    guard status.kind == kind, kind == .fifo || status.representedDevice == number else {
      throw SystemError(call: "statx", errno: ErrorNumber.ENODEV, object: path)
    }
  }

  /// The node of the same path on the node, for a process that may not make any: a detached mount of it.
  func borrow() throws(SystemError) -> SharedFile {
    let file = try FileDescriptor.open(path, [.path, .noFollow])
    try verify(file)
    return SharedFile(try file.cloneMount())
  }
}
