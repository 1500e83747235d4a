public import Bytes
public import Linux
public import Policy

/// An image file on storage that the host controls: opened, of the pinned size, nothing else known.
public struct UnverifiedImageFile: ~Copyable, Sendable {
  public let file: FileDescriptor
  /// For messages.
  public let path: ByteString
  public let geometry: VerityGeometry

  /// Decrypts blocks in place; the second argument is the number of the first, counted from the start of the file.
  public typealias Decryption = (inout [UInt8], UInt64) throws(ImageError) -> Void

  /// Opens `<root hash>.erofs`, or `<root hash>.crypt` of an encrypted image, of the first directory that has it.
  ///
  /// No link is followed below the directory. The size is checked before anything is read: a longer or shorter device
  /// can show other contents under the same root hash.
  public init(
    _ geometry: VerityGeometry, isEncrypted: Bool = false, in directories: [ByteString]
  ) throws(ImageError) {
    let name = Self.name(of: geometry, isEncrypted: isEncrypted)
    for directory in directories {
      guard let file = try Self.open(name, in: directory) else { continue }
      try self.init(file, path: directory.appending(path: name), geometry)
      return
    }
    throw .missing(name: name, directories: directories)
  }

  /// Opens one file, of any name.
  public init(_ geometry: VerityGeometry, file path: ByteString) throws(ImageError) {
    guard let file = try Self.open(path.lastPathComponent, in: path.parentPath) else {
      throw .missing(name: path.lastPathComponent, directories: [path.parentPath])
    }
    try self.init(file, path: path, geometry)
  }

  /// `<root hash>.erofs`, or `<root hash>.crypt` of an encrypted image.
  public static func name(of geometry: VerityGeometry, isEncrypted: Bool = false) -> ByteString {
    ByteString(Hex.encode(geometry.rootHash.bytes) + (isEncrypted ? ".crypt" : ".erofs"))
  }

  private init(_ file: consuming FileDescriptor, path: ByteString, _ geometry: VerityGeometry) throws(ImageError) {
    let status = try system(try file.status())
    guard status.kind == .regular else { throw .notRegular(path: path) }
    guard status.size == geometry.fileSize else {
      throw .size(path: path, expected: geometry.fileSize, actual: status.size)
    }
    self.file = file
    self.path = path
    self.geometry = geometry
  }

  static func open(_ name: ByteString, in directory: ByteString) throws(ImageError) -> FileDescriptor? {
    do {
      // Non-blocking: a FIFO in this place must not hold the command up.
      return try FileDescriptor.open(directory, [.path, .directory])
        .open(name, [.readOnly, .noFollow, .nonBlocking, .noControllingTerminal], resolve: [.beneath, .noSymlinks])
    } catch  where error.errno == ErrorNumber.ENOENT {
      return nil
    } catch {
      throw .system(SystemError(call: error.call, errno: error.errno, object: directory.appending(path: name)))
    }
  }

  /// Mounts the file as it is, for people who want to look; detached. What was verified before is what is seen only
  /// where nobody writes to the file: containers get images in another way.
  public borrowing func mountToLook() throws(ImageError) -> FileDescriptor {
    do {
      let mount = try LoopDevice.attach(file).file.mountErofs()
      try mount.setMount([.readOnly, .noSetuid, .noDevices, .noExec], propagation: .private)
      return mount
    } catch {
      throw .system(error)
    }
  }

  /// Decrypts and checks an encrypted file, and mounts what was checked, for people who want to look; detached.
  public borrowing func mountToLook(decrypt: @escaping Decryption) throws(ImageError) -> FileDescriptor {
    let memory = try system(try FileDescriptor.memory(named: Self.name(of: geometry)))
    try verify(decrypt: decrypt) { (data) throws(ImageError) in try system(try memory.writeAll(data)) }
    do throws(SystemError) {
      try memory.seal()
      let mount = try LoopDevice.attach(memory).file.mountErofs()
      try mount.setMount([.readOnly, .noSetuid, .noDevices, .noExec], propagation: .private)
      return mount
    } catch {
      throw .system(error)
    }
  }

  /// Reads the whole file, which is not encrypted, and checks it; see `VerityTree.verify`.
  public borrowing func verify(take: ([UInt8]) throws(ImageError) -> Void = { _ in }) throws(ImageError) {
    try verify(decrypt: nil, take: take)
  }

  /// Reads the whole file and checks it; see `VerityTree.verify`.
  ///
  /// - Parameter decrypt: for an encrypted image; nothing for another one.
  public borrowing func verify(
    decrypt: Decryption?, take: ([UInt8]) throws(ImageError) -> Void = { _ in }
  ) throws(ImageError) {
    try VerityTree.verify(file, geometry, path: path, decrypt: decrypt, take: take)
  }
}
