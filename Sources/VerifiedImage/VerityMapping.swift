internal import Bytes
internal import Linux
internal import NodeConfiguration
internal import Policy
internal import StrictJSON

/// Integrity mode `dm-verity`: the kernel checks each block when it is read, and answers EIO where it is not the pinned
/// one. The blocks of an encrypted image come from a device below that decrypts (`CryptMapping`).
enum VerityMapping {
  /// Maps the file by the pinned geometry and mounts it; detached.
  ///
  /// A live device of the same name is used if its table is the pinned one: another mount, or one that a crash left.
  static func mount(_ image: Image, by store: ImageStore) throws(ImageError) -> FileDescriptor {
    let name = image.geometry.deviceName
    var table = try table(of: name)
    if let live = table, try mismatch(live, image, store) != nil {
      try system(try DeviceMapper.remove(name))
      table = nil
    }
    let live: DeviceMapper.Table
    if let table { live = table } else { live = try activate(image, by: store) }
    do throws(SystemError) {
      // Not by /dev/mapper, where udev is at work: this node is the kernel's own.
      let path = ByteString("/dev/dm-\(live.device.minor)")
      let device = try FileDescriptor.open(path, [.readOnly, .noFollow])
      guard try device.status().representedDevice == live.device else {
        throw SystemError(call: "statx", errno: ErrorNumber.ENODEV, object: path)
      }
      return try device.mountErofs()
    } catch {
      // The first block that a mount reads: of an image that was decrypted by another key it is a bad one.
      guard error.errno == ErrorNumber.EIO, image.encryption != nil else { throw .system(error) }
      throw .corrupt(path: name, .data, block: 0)
    }
  }

  private static func activate(_ image: Image, by store: ImageStore) throws(ImageError) -> DeviceMapper.Table {
    let (geometry, program) = (image.geometry, store.verity)
    let name = geometry.deviceName
    let file = try store.file(of: image)
    let signature = try store.signature(of: image)
    // A crash may have left the lower device alone. One that another mount still needs goes with that.
    try system(try DeviceMapper.remove(geometry.cryptName))
    let key = try store.key(of: image)
    let loop = try system(try LoopDevice.attach(file.file))
    let request = VerityRequest(
      loop: loop.number.minor, geometry: geometry, onCorruption: store.onCorruption, signature: signature)
    let input = CanonicalJSON.encode(request.json)
    let finished: FinishedProgram
    if let key {
      let pipe = try key.pipe()
      finished = try system(
        try FinishedProgram.run(program, ["open-encrypted"], input: input, further: pipe.rawValue, limit: 4096))
    } else {
      finished = try system(try FinishedProgram.run(program, ["open"], input: input, limit: 4096))
    }
    guard finished.status == 0 else { throw .verity(program, finished) }
    guard let table = try table(of: name) else {
      throw .verity(program: program, message: "made no device " + name)
    }
    if let actual = try mismatch(table, image, store) {
      throw .table(device: name, expected: "verity \(request.parameters)", actual: actual)
    }
    return table
  }

  private static func table(of name: ByteString) throws(ImageError) -> DeviceMapper.Table? {
    return try system(try DeviceMapper.table(of: name))
  }

  /// What a live mount's device is in this mode; nil where it is the pinned image.
  static func mismatch(
    _ device: DeviceNumber, _ image: Image, _ store: ImageStore
  ) throws(ImageError) -> String? {
    guard let table = try table(of: image.geometry.deviceName), table.device == device else {
      return "device \(device.major):\(device.minor)"
    }
    return try mismatch(table, image, store)
  }

  private static func mismatch(
    _ live: DeviceMapper.Table, _ image: Image, _ store: ImageStore
  ) throws(ImageError) -> String? {
    guard image.encryption != nil else {
      return mismatch(live, image.geometry, store.onCorruption, signed: store.signed)
    }
    guard let below = try table(of: image.geometry.cryptName) else { return "no device that decrypts" }
    return CryptMapping.mismatch(below, image.geometry)
      ?? mismatch(live, image.geometry, store.onCorruption, signed: store.signed, over: below.device)
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
  ///
  /// - Parameters:
  ///   - signed: whether the kernel was to check a signature of the root hash.
  ///   - below: the device that decrypts; nil where the file itself is the image, and a loop device holds it.
  static func mismatch(
    _ table: DeviceMapper.Table, _ geometry: VerityGeometry, _ onCorruption: CorruptionResponse = .error,
    signed: Bool = false, over below: DeviceNumber? = nil
  ) -> String? {
    let actual = "\(table.type) \(table.parameters)\(table.readOnly ? "" : ", writable")"
    let space = UInt8(ascii: " ")
    let parts = table.parameters.split(space)
    // The first two are the format and the data device; data and tree lie on one device.
    guard table.targets == 1, table.readOnly, table.start == 0, table.type == "verity", parts.count > 2,
      below.map({ parts[1] == $0.text }) ?? parts[1].isLoopDevice,
      table.sectors == geometry.sectors,
      table.parameters == geometry.parameters(device: parts[1], onCorruption, signed: signed)
    else { return actual }
    return nil
  }
}

extension ByteString {
  /// Whether it is the number of a loop device, whichever it is.
  var isLoopDevice: Bool { hasPrefix(ByteString("\(LoopDevice.major):")) }
}

extension DeviceNumber {
  /// `major:minor`
  var text: ByteString { ByteString("\(major):\(minor)") }
}

extension VerityGeometry {
  /// Length of a device of this geometry, in sectors of 512 bytes.
  var sectors: UInt64 { dataBlocks * (Self.blockSize / 512) }

  /// The parameters of the kernel's target `verity` (Documentation/admin-guide/device-mapper/verity.rst); the device
  /// holds data, tree and codes.
  func parameters(device: ByteString, _ onCorruption: CorruptionResponse, signed: Bool = false) -> ByteString {
    let size = Self.blockSize
    let salt = salt.isEmpty ? "-" : Hex.encode(salt.bytes)
    // In the order in which the kernel tells its table, so that the texts are equal.
    var options: [ByteString] =
      switch onCorruption {
      case .error: []
      case .restart: ["restart_on_corruption"]
      case .panic: ["panic_on_corruption"]
      }
    if let fec {
      options += ["use_fec_from_device", device, "fec_blocks", ByteString("\(fec.blocks)")]
      options += ["fec_start", ByteString("\(fec.start)"), "fec_roots", ByteString("\(fec.roots)")]
    }
    if signed { options += ["root_hash_sig_key_desc", RootHashSignature.keyName] }
    if !options.isEmpty { options.insert(ByteString("\(options.count)"), at: 0) }
    let fixed = ByteString(
      " \(size) \(size) \(dataBlocks) \(hashOffset / size) sha256 \(Hex.encode(rootHash.bytes)) \(salt)")
    return options.reduce("1 " + device + " " + device + fixed) { $0 + " " + $1 }
  }
}
