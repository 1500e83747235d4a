internal import Bytes
internal import Linux
internal import Policy
internal import StrictJSON

/// Integrity mode `dm-verity`: the kernel checks each block when it is read, and answers EIO where it is not the pinned
/// one.
enum VerityMapping {
  /// Maps the file by the pinned geometry and mounts it; detached.
  ///
  /// A live device of the same name is used if its table is the pinned one: another mount, or one that a crash left.
  static func mount(
    _ geometry: VerityGeometry, in directories: [ByteString], by program: ByteString
  ) throws(ImageError) -> FileDescriptor {
    let name = geometry.deviceName
    var table = try table(of: name)
    if let live = table, mismatch(live, geometry) != nil {
      try system(try DeviceMapper.remove(name))
      table = nil
    }
    let live: DeviceMapper.Table
    if let table { live = table } else { live = try activate(geometry, in: directories, by: program) }
    do throws(SystemError) {
      // Not by /dev/mapper, where udev is at work: this node is the kernel's own.
      let path = ByteString("/dev/dm-\(live.device.minor)")
      let device = try FileDescriptor.open(path, [.readOnly, .noFollow])
      guard try device.status().representedDevice == live.device else {
        throw SystemError(call: "statx", errno: ErrorNumber.ENODEV, object: path)
      }
      return try device.mountErofs()
    } catch {
      throw .system(error)
    }
  }

  private static func activate(
    _ geometry: VerityGeometry, in directories: [ByteString], by program: ByteString
  ) throws(ImageError) -> DeviceMapper.Table {
    let image = try UnverifiedImageFile(geometry, in: directories)
    let loop = try system(try LoopDevice.attach(image.file))
    let name = geometry.deviceName
    let request = VerityRequest(device: loop.path, name: name, geometry: geometry)
    let finished = try system(
      try FinishedProgram.run(program, ["open"], input: CanonicalJSON.encode(request.json), limit: 4096))
    guard finished.status == 0 else {
      let line = ByteString(finished.errors.prefix { $0 != UInt8(ascii: "\n") })
      throw .verity(program: program, message: line.isEmpty ? "ended without a message" : line)
    }
    guard let table = try table(of: name) else {
      throw .verity(program: program, message: "made no device " + name)
    }
    if let actual = mismatch(table, geometry) {
      throw .table(device: name, expected: expected(geometry), actual: actual)
    }
    return table
  }

  private static func table(of name: ByteString) throws(ImageError) -> DeviceMapper.Table? {
    return try system(try DeviceMapper.table(of: name))
  }

  /// What a live mount's device is in this mode; nil where it is the pinned image.
  static func mismatch(_ device: DeviceNumber, _ geometry: VerityGeometry) throws(ImageError) -> String? {
    guard let table = try table(of: geometry.deviceName), table.device == device else {
      return "device \(device.major):\(device.minor)"
    }
    return mismatch(table, geometry)
  }

  /// Compares all that the kernel does with all that is pinned: a table with an option such as check_at_most_once or
  /// ignore_corruption is another one.
  static func mismatch(_ table: DeviceMapper.Table, _ geometry: VerityGeometry) -> String? {
    let actual = "\(table.type) \(table.parameters)\(table.readOnly ? "" : ", writable")"
    let space = UInt8(ascii: " ")
    let parts = table.parameters.split(space)
    // The first two are the format and the data device; data and tree lie on one device, whichever it is.
    guard table.targets == 1, table.readOnly, table.start == 0, table.type == "verity", parts.count > 2,
      table.sectors == geometry.dataBlocks * (VerityGeometry.blockSize / 512),
      table.parameters == parameters(geometry, device: parts[1])
    else { return actual }
    return nil
  }

  private static func parameters(_ geometry: VerityGeometry, device: ByteString) -> ByteString {
    let size = VerityGeometry.blockSize
    let salt = geometry.salt.isEmpty ? "-" : Hex.encode(geometry.salt.bytes)
    let sizes = "\(size) \(size) \(geometry.dataBlocks) \(geometry.hashOffset / size)"
    return "1 " + device + " " + device
      + ByteString(" \(sizes) sha256 \(Hex.encode(geometry.rootHash.bytes)) \(salt)")
  }

  private static func expected(_ geometry: VerityGeometry) -> String {
    "verity \(parameters(geometry, device: "DEVICE"))"
  }
}
