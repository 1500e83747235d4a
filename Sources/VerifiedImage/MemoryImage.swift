internal import Bytes
internal import Linux
internal import Policy

/// Integrity mode `memory`: what was checked lies in a memory file that nobody can change any more, with a loop device
/// over it, because EROFS mounts a plain file only from file systems that can read pages by themselves.
///
/// The memory file's name states what was verified: together the root hash and the number of blocks leave only one
/// contents, since the digests of two different ones would have to collide.
enum MemoryImage {
  /// The path of the memory file as the kernel states it.
  static func backingPath(_ geometry: VerityGeometry) -> ByteString {
    "/memfd:" + name(geometry) + " (deleted)"
  }

  private static func name(_ geometry: VerityGeometry) -> ByteString {
    geometry.deviceName + ByteString(".\(geometry.dataBlocks)")
  }

  /// Reads and checks the file once, and mounts what was read; detached.
  ///
  /// - Parameters:
  ///   - key: of an encrypted image.
  ///   - program: decrypts it.
  static func mount(
    _ image: borrowing UnverifiedImageFile, _ key: consuming ImageKey?, by program: ByteString
  ) throws(ImageError) -> FileDescriptor {
    guard try system(try !Swap.isOn()) else { throw .swap }
    let memory = try system(try FileDescriptor.memory(named: name(image.geometry)))
    if let key {
      try decrypt(image, key, to: memory, by: program)
    } else {
      try image.verify { (data) throws(ImageError) in
        try system(try memory.writeAll(data))
      }
    }
    do throws(SystemError) {
      try memory.seal()
      return try LoopDevice.attach(memory).file.mountErofs()
    } catch {
      throw .system(error)
    }
  }

  /// How many blocks a live image of this mode has, by its name; nil where the device is none.
  static func blocks(_ device: DeviceNumber, _ rootHash: ByteString) throws(SystemError) -> UInt64? {
    guard let path = try LoopDevice.backing(of: device)?.path else { return nil }
    let (before, after): (ByteString, ByteString) = ("/memfd:ward-" + rootHash + ".", " (deleted)")
    guard path.hasPrefix(before), path.hasSuffix(after) else { return nil }
    let digits = path.bytes.dropFirst(before.count).dropLast(after.count)
    return UInt64(String(decoding: digits, as: UTF8.self))
  }

  /// Has the file decrypted into the memory file, which nobody else has, and checks it there.
  private static func decrypt(
    _ image: borrowing UnverifiedImageFile, _ key: consuming ImageKey, to memory: borrowing FileDescriptor,
    by program: ByteString
  ) throws(ImageError) {
    // Whoever holds the disk may let the file grow meanwhile: no more of it than was pinned gets into memory.
    try system(try memory.setGreatestSize(Int64(image.geometry.fileSize)))
    let pipe = try key.pipe()
    let finished = try system(
      try FinishedProgram.run(program, ["decrypt"], from: image.file, to: memory, further: pipe.rawValue))
    guard finished.status == 0 else { throw .verity(program, finished) }
    try VerityTree.verify(memory, image.geometry, path: image.path, take: { _ in })
    // The hash tree has done its service.
    try system(try memory.truncate(to: Int64(image.geometry.dataBlocks * VerityGeometry.blockSize)))
  }

  /// What a live mount's device is in this mode; nil where it is the pinned image.
  static func mismatch(_ device: DeviceNumber, _ geometry: VerityGeometry) throws(ImageError) -> String? {
    guard let backing = try system(try LoopDevice.backing(of: device)) else {
      return "device \(device.major):\(device.minor)"
    }
    guard backing.path == backingPath(geometry) else { return "loop device over \(backing.path)" }
    return backing.readOnly ? nil : "a writable loop device"
  }
}

extension ImageError {
  /// What `ward-verity` said when it failed.
  static func verity(_ program: ByteString, _ finished: FinishedProgram) -> ImageError {
    let line = ByteString(finished.errors.prefix { $0 != UInt8(ascii: "\n") })
    let message: ByteString = line.isEmpty ? "ended without a message" : line
    return switch finished.status {
    case VerityRequest.kernelLacksStatus: .kernel(program: program, message: message)
    case VerityRequest.signatureStatus: .signature(program: program, message: message)
    case _: .verity(program: program, message: message)
    }
  }
}

extension VerityGeometry {
  /// `ward-<root hash>`: the name of what the kernel makes of an image.
  var deviceName: ByteString { ByteString("ward-" + Hex.encode(rootHash.bytes)) }
}

extension FileDescriptor {
  /// Mounts the EROFS file system on this open block device read-only; detached.
  borrowing func mountErofs() throws(SystemError) -> FileDescriptor {
    let context = try FileSystemContext("erofs")
    try context.set("source", to: procPath)
    try context.set("ro")
    return try context.mount([.readOnly, .noSetuid, .noDevices])
  }
}
