public import Bytes
public import Linux
public import NodeConfiguration
public import Policy

/// The images of a node: each is opened once, shared by the containers that use it, and closed after the last.
public struct ImageStore: Sendable {
  /// The node's `/run/ward`.
  let run: ByteString
  /// Where image files lie, looked through in order.
  let directories: [ByteString]
  /// The program that opens dm-verity devices.
  let verity: ByteString
  /// Whether an image stays open after its last container, for a faster next start.
  let keep: Bool
  /// What the kernel does about a block of a dm-verity device that is not the pinned one.
  let onCorruption: CorruptionResponse
  /// Whether dm-verity devices are opened with the signature of their root hash.
  let signed: Bool
  /// Who hands over the keys of encrypted images; nil where they are not opened.
  let keys: KeyProvider?

  /// The images of a node, by its configuration.
  public init(
    run: ByteString, directories: [ByteString], verity: ByteString, keep: Bool,
    onCorruption: CorruptionResponse = .error, signed: Bool = false, keys: KeyProvider? = nil
  ) {
    (self.run, self.directories, self.verity, self.keep) = (run, directories, verity, keep)
    (self.onCorruption, self.signed, self.keys) = (onCorruption, signed, keys)
  }

  var images: ByteString { run.appending(path: "images") }
  private var containers: ByteString { run.appending(path: "containers") }

  /// Opens an image for a container, or uses the live mount if the kernel's own account of it is what is pinned.
  ///
  /// - Parameter id: registered as user until `release`; its directory in `<run>/containers` must exist, or the entry
  ///   counts as left by a crash.
  /// - Returns: a detached mount of its own: read-only, nosuid, nodev, private.
  public func mount(_ image: Image, for id: ContainerID) throws(ImageError) -> FileDescriptor {
    let place = try system(try register(id, as: image))
    do {
      return try clone(of: image, at: place, for: id)
    } catch {
      // The failure that the caller hears of is the first one.
      do { try abandon(place, id) } catch {}
      throw error
    }
  }

  /// Opens the image's place and adds the user, before anything is made: whatever a crash leaves then has a user, whose
  /// removal clears it.
  private func register(_ id: ContainerID, as image: Image) throws(SystemError) -> ImageDirectory {
    let name = ByteString(Hex.encode(image.geometry.rootHash.bytes))
    guard let place = try ImageDirectory.open(name, in: images, create: true) else {
      throw SystemError(call: "openat2", errno: ErrorNumber.ENOENT, object: images.appending(path: name))
    }
    try place.add(user: id)
    return place
  }

  private func clone(
    of image: Image, at place: borrowing ImageDirectory, for id: ContainerID
  ) throws(ImageError) -> FileDescriptor {
    if let live = try system(try place.mounted()) {
      guard let actual = try mismatch(live, image) else {
        if image.integrity == .dmVerity, try VerityMapping.isCorrupt(image.geometry) {
          throw .corruptDevice(device: image.geometry.deviceName)
        }
        return try detach(live)
      }
      let others = try system(try place.liveUsers(containers: containers))
      guard others.allSatisfy({ $0 == id.bytes }) else {
        throw .occupied(path: place.mountPath, expected: "\(image.integrity) of the pinned geometry", actual: actual)
      }
      try system(try place.unmount())
    }
    let mount: FileDescriptor =
      switch image.integrity {
      case .memory: try MemoryImage.mount(try file(of: image), try key(of: image), by: verity)
      case .dmVerity: try VerityMapping.mount(image, by: self)
      }
    if let actual = try mismatch(mount, image) {
      throw .occupied(path: place.mountPath, expected: "\(image.integrity) of the pinned geometry", actual: actual)
    }
    try system(try place.attach(mount))
    return try detach(mount)
  }

  func file(of image: Image) throws(ImageError) -> UnverifiedImageFile {
    try UnverifiedImageFile(image.geometry, isEncrypted: image.encryption != nil, in: directories)
  }

  /// Nil on a node that opens images without signatures.
  func signature(of image: Image) throws(ImageError) -> ByteString? {
    signed ? try RootHashSignature.read(image.geometry, in: directories) : nil
  }

  /// Nil for an image that is not encrypted.
  func key(of image: Image) throws(ImageError) -> ImageKey? {
    guard let encryption = image.encryption else { return nil }
    guard let keys else { throw .noKeyProvider }
    return try keys.key(encryption, of: image.geometry)
  }

  /// What a mount is by the kernel's account; nil where it is the pinned image.
  private func mismatch(_ mount: borrowing FileDescriptor, _ image: Image) throws(ImageError) -> String? {
    let device = try system(try mount.status()).device
    let (magic, readOnly) = try system(try mount.fileSystem())
    guard magic == FileSystemMagic.erofs, readOnly else {
      return "file system \(String(magic, radix: 16))\(readOnly ? "" : ", writable")"
    }
    return switch image.integrity {
    case .memory: try MemoryImage.mismatch(device, image.geometry)
    case .dmVerity: try VerityMapping.mismatch(device, image, self)
    }
  }

  private func detach(_ mount: borrowing FileDescriptor) throws(ImageError) -> FileDescriptor {
    do {
      let clone = try mount.cloneMount()
      try clone.setMount([.readOnly, .noSetuid, .noDevices], propagation: .private)
      return clone
    } catch {
      throw .system(error)
    }
  }

  private func abandon(_ place: consuming ImageDirectory, _ id: ContainerID) throws(SystemError) {
    try place.remove(user: id)
    if try place.liveUsers(containers: containers).isEmpty { try place.close(in: images) }
  }

  /// Ends a container's use of images; those without any user are closed, unless the node keeps them.
  ///
  /// Repeating it does no harm.
  public func release(for id: ContainerID) throws(ImageError) {
    do throws(SystemError) {
      for name in try opened() {
        // Another's lock does not hold this command up: whoever registers the container does so before it is released.
        let isUser = try Self.exists(images.appending(path: name).appending(path: "users").appending(path: id.bytes))
        guard let place = try ImageDirectory.open(name, in: images, create: false, wait: isUser) else { continue }
        try place.remove(user: id)
        guard !keep, try place.liveUsers(containers: containers).isEmpty else { continue }
        try place.close(in: images)
      }
    } catch {
      throw .system(error)
    }
  }

  /// Closes every image that no container uses.
  ///
  /// - Returns: the root hashes, in hexadecimal, of what was closed and of what is still in use.
  public func closeUnused(only wanted: ByteString? = nil) throws(ImageError) -> (
    closed: [ByteString], used: [ByteString]
  ) {
    var (closed, used): ([ByteString], [ByteString]) = ([], [])
    do throws(SystemError) {
      for name in try opened() where wanted == nil || wanted == name {
        guard let place = try ImageDirectory.open(name, in: images, create: false) else { continue }
        guard try place.liveUsers(containers: containers).isEmpty else {
          used.append(name)
          continue
        }
        try place.close(in: images)
        closed.append(name)
      }
    } catch {
      throw .system(error)
    }
    return (closed, used)
  }

  /// The first of these root hashes, in hexadecimal, whose live dm-verity device has met a block that was not the pinned
  /// one; nil where none has, and on a node without device-mapper.
  public func corruptImage(among rootHashes: [ByteString]) throws(ImageError) -> ByteString? {
    for rootHash in rootHashes {
      do {
        guard let state = try DeviceMapper.status(of: "ward-" + rootHash) else { continue }
        // Only this answer says that all was well so far.
        if !state.hasPrefix("V") { return rootHash }
      } catch  where error.errno == ErrorNumber.ENOENT || error.errno == ErrorNumber.ENODEV {
        return nil
      } catch {
        throw .system(error)
      }
    }
    return nil
  }

  /// What is open in memory, with or without a container: bytes by root hash, in hexadecimal; nothing on a node that
  /// closes images with their last container.
  public func keptInMemory() throws(ImageError) -> [ByteString: UInt64] {
    guard keep else { return [:] }
    var kept: [ByteString: UInt64] = [:]
    do throws(SystemError) {
      for name in try opened() {
        // Without its lock, which whoever opens or closes it holds for long: both have it on record in another place.
        if let device = try ImageDirectory.device(of: name, in: images),
          let blocks = try MemoryImage.blocks(device, name)
        {
          kept[name] = blocks * VerityGeometry.blockSize
        }
      }
    } catch {
      throw .system(error)
    }
    return kept
  }

  /// The root hashes, in hexadecimal, of the images that are open or were left by a crash.
  func opened() throws(SystemError) -> [ByteString] {
    do {
      return try FileDescriptor.open(images, [.readOnly, .directory]).entries().sorted()
    } catch  where error.errno == ErrorNumber.ENOENT {
      return []
    }
  }

  private static func exists(_ path: ByteString) throws(SystemError) -> Bool {
    do {
      _ = try FileDescriptor.open(path, .path)
      return true
    } catch  where error.errno == ErrorNumber.ENOENT {
      return false
    }
  }
}
