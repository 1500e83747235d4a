internal import Bytes
internal import Linux
internal import NodeConfiguration
internal import Policy
internal import StrictJSON

/// Integrity mode `dm-verity`: the kernel checks each block when it is read, and answers EIO where it is not the pinned
/// one.
enum VerityMapping {
  /// Maps the file by the pinned geometry and mounts it; detached.
  ///
  /// A live device of the same name is used if its table is the pinned one: another mount, or one that a crash left.
  static func mount(
    _ geometry: VerityGeometry, in directories: [ByteString], by program: ByteString,
    _ onCorruption: CorruptionResponse
  ) throws(ImageError) -> FileDescriptor {
    let name = geometry.deviceName
    var table = try table(of: name)
    if let live = table, mismatch(live, geometry, onCorruption) != nil {
      try system(try DeviceMapper.remove(name))
      table = nil
    }
    let live: DeviceMapper.Table
    if let table { live = table } else { live = try activate(geometry, in: directories, by: program, onCorruption) }
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
    _ geometry: VerityGeometry, in directories: [ByteString], by program: ByteString,
    _ onCorruption: CorruptionResponse
  ) throws(ImageError) -> DeviceMapper.Table {
    let image = try UnverifiedImageFile(geometry, in: directories)
    let loop = try system(try LoopDevice.attach(image.file))
    let name = geometry.deviceName
    let request = VerityRequest(loop: loop.number.minor, geometry: geometry, onCorruption: onCorruption)
    let finished = try system(
      try FinishedProgram.run(program, ["open"], input: CanonicalJSON.encode(request.json), limit: 4096))
    guard finished.status == 0 else {
      let line = ByteString(finished.errors.prefix { $0 != UInt8(ascii: "\n") })
      throw .verity(program: program, message: line.isEmpty ? "ended without a message" : line)
    }
    guard let table = try table(of: name) else {
      throw .verity(program: program, message: "made no device " + name)
    }
    if let actual = mismatch(table, geometry, onCorruption) {
      throw .table(device: name, expected: "verity \(request.parameters)", actual: actual)
    }
    return table
  }

  private static func table(of name: ByteString) throws(ImageError) -> DeviceMapper.Table? {
    return try system(try DeviceMapper.table(of: name))
  }

  /// What a live mount's device is in this mode; nil where it is the pinned image.
  static func mismatch(
    _ device: DeviceNumber, _ geometry: VerityGeometry, _ onCorruption: CorruptionResponse
  ) throws(ImageError) -> String? {
    guard let table = try table(of: geometry.deviceName), table.device == device else {
      return "device \(device.major):\(device.minor)"
    }
    return mismatch(table, geometry, onCorruption)
  }

  /// Whether the kernel found a block of the live device that was not the pinned one.
  ///
  /// Its users got input/output errors; a further container is not started on it.
  static func isCorrupt(_ geometry: VerityGeometry) throws(ImageError) -> Bool {
    let state = try system(try DeviceMapper.status(of: geometry.deviceName))
    // Only this answer says that all was well so far.
    return state?.hasPrefix("V") != true
  }

  /// Compares all that the kernel does with all that is pinned: a table with an option such as check_at_most_once or
  /// ignore_corruption is another one.
  static func mismatch(
    _ table: DeviceMapper.Table, _ geometry: VerityGeometry, _ onCorruption: CorruptionResponse = .error
  ) -> String? {
    let actual = "\(table.type) \(table.parameters)\(table.readOnly ? "" : ", writable")"
    let space = UInt8(ascii: " ")
    let parts = table.parameters.split(space)
    // The first two are the format and the data device; data and tree lie on one device, whichever it is.
    guard table.targets == 1, table.readOnly, table.start == 0, table.type == "verity", parts.count > 2,
      table.sectors == geometry.sectors, table.parameters == geometry.parameters(device: parts[1], onCorruption)
    else { return actual }
    return nil
  }
}

extension VerityGeometry {
  /// Length of a device of this geometry, in sectors of 512 bytes.
  var sectors: UInt64 { dataBlocks * (Self.blockSize / 512) }

  /// The parameters of the kernel's target `verity` (Documentation/admin-guide/device-mapper/verity.rst); the device
  /// holds data and tree.
  func parameters(device: ByteString, _ onCorruption: CorruptionResponse) -> ByteString {
    let size = Self.blockSize
    let salt = salt.isEmpty ? "-" : Hex.encode(salt.bytes)
    let further =
      switch onCorruption {
      case .error: ""
      case .restart: " 1 restart_on_corruption"
      case .panic: " 1 panic_on_corruption"
      }
    return "1 " + device + " " + device
      + ByteString(
        " \(size) \(size) \(dataBlocks) \(hashOffset / size) sha256 \(Hex.encode(rootHash.bytes)) \(salt)\(further)")
  }
}
