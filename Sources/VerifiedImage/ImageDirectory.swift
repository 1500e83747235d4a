internal import Bytes
internal import Linux
internal import Policy

/// The node's place of one image: `<run>/images/<root hash>/` with the mount point `mount` and an entry in `users` for
/// each container. It is locked while this value lives.
///
/// Nothing else is recorded: what is mounted is read from the kernel, so that a crash leaves no record that lies.
struct ImageDirectory: ~Copyable {
  private let directory: FileDescriptor
  private let users: FileDescriptor
  private let path: ByteString
  let geometryName: ByteString

  private static let mountPoint: ByteString = "mount"

  var mountPath: ByteString { path.appending(path: Self.mountPoint) }

  /// Opens and locks the place of a root hash (in hexadecimal) in `<run>/images`.
  ///
  /// - Parameters:
  ///   - create: makes it where it is missing.
  ///   - wait: until whoever holds the lock is done.
  /// - Returns: nil where it is missing, or locked by another.
  static func open(
    _ name: ByteString, in images: ByteString, create: Bool, wait: Bool = true
  ) throws(SystemError) -> ImageDirectory? {
    let path = images.appending(path: name)
    while true {
      let directory: FileDescriptor
      do {
        directory =
          create ? try .makeDirectories(path) : try .open(path, [.readOnly, .directory, .noFollow])
      } catch  where error.errno == ErrorNumber.ENOENT {
        return nil
      }
      do {
        try directory.lock(.exclusive, wait: wait)
      } catch  where error.errno == ErrorNumber.EAGAIN && !wait {
        return nil
      }
      // Whoever closed the image meanwhile has removed the directory, perhaps for another of the same name.
      do {
        let parent = try FileDescriptor.open(images, [.path, .directory])
        guard try parent.status(of: name).inode == directory.status().inode else { continue }
      } catch  where error.errno == ErrorNumber.ENOENT {
        continue
      }
      try make("users", in: directory)
      try make(mountPoint, in: directory)
      let users = try directory.open("users", [.readOnly, .directory, .noFollow], resolve: .beneath)
      return ImageDirectory(directory: directory, users: users, path: path, geometryName: name)
    }
  }

  private static func make(_ name: ByteString, in directory: borrowing FileDescriptor) throws(SystemError) {
    do {
      try directory.makeDirectory(name)
    } catch  where error.errno == ErrorNumber.EEXIST {
      // From an earlier opening.
    }
  }

  /// The root of what is mounted here; nil where nothing is.
  borrowing func mounted() throws(SystemError) -> FileDescriptor? {
    let top = try directory.open(Self.mountPoint, [.path, .directory, .noFollow], resolve: .noSymlinks)
    guard try top.status().mount != directory.status().mount else { return nil }
    return top
  }

  /// The device of what lies at an image's mount point at this moment; nil where there is none. What is not mounted has
  /// that of the run directory.
  static func device(of name: ByteString, in images: ByteString) throws(SystemError) -> DeviceNumber? {
    do {
      return try FileDescriptor.open(
        images.appending(path: name).appending(path: mountPoint), [.path, .directory, .noFollow]
      ).status().device
    } catch  where error.errno == ErrorNumber.ENOENT {
      return nil
    }
  }

  /// Puts a detached mount here.
  borrowing func attach(_ mount: borrowing FileDescriptor) throws(SystemError) {
    try mount.setMount([], propagation: .private)
    let place = try directory.open(Self.mountPoint, [.path, .directory, .noFollow], resolve: [.beneath, .noSymlinks])
    try mount.attachMount(onto: place)
  }

  /// The containers that use the image, without those that the node does not have any more.
  borrowing func liveUsers(containers: ByteString) throws(SystemError) -> [ByteString] {
    let names = try directory.open("users", [.readOnly, .directory, .noFollow], resolve: .beneath).entries()
    guard !names.isEmpty else { return [] }
    let known: FileDescriptor
    do {
      known = try .open(containers, [.path, .directory])
    } catch  where error.errno == ErrorNumber.ENOENT {
      for name in names { try users.remove(name) }
      return []
    }
    var live: [ByteString] = []
    for name in names {
      do {
        _ = try known.status(of: name)
        live.append(name)
      } catch  where error.errno == ErrorNumber.ENOENT {
        try users.remove(name)
      }
    }
    return live
  }

  borrowing func add(user: ContainerID) throws(SystemError) {
    _ = try users.open(user.bytes, [.writeOnly, .create, .noFollow], resolve: .beneath)
  }

  /// - Returns: false where the container was no user.
  @discardableResult
  borrowing func remove(user: ContainerID) throws(SystemError) -> Bool {
    do {
      try users.remove(user.bytes)
      return true
    } catch  where error.errno == ErrorNumber.ENOENT {
      return false
    }
  }

  /// Ends what is mounted here, and its devices. A container that still runs keeps its own copy.
  borrowing func unmount() throws(SystemError) {
    while let top = try mounted() {
      _ = consume top
      try FileDescriptor.unmount(mountPath, .detach)
    }
    // The one that decrypts lies below, and is kept by the other until that ends.
    try DeviceMapper.remove("ward-" + geometryName)
    try DeviceMapper.remove("ward-" + geometryName + VerityGeometry.cryptSuffix)
  }

  /// Removes the place itself; nothing is mounted here and there are no users.
  consuming func close(in images: ByteString) throws(SystemError) {
    try unmount()
    try directory.removeDirectory("users")
    try directory.removeDirectory(Self.mountPoint)
    try FileDescriptor.open(images, [.path, .directory]).removeDirectory(geometryName)
  }
}
