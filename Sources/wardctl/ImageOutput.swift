internal import Bytes
internal import Linux
internal import Policy
internal import PolicyAuthoring
internal import StrictJSON
internal import VerifiedImage

/// How images are shown.
enum ImageOutput {
  static func print(
    name: ByteString, _ entry: ImageLock.Entry, path: ByteString? = nil, found: FoundImageFile? = nil, json: Bool
  ) throws {
    guard !json else {
      var object = object(name, entry, path)
      object["geometry"] = entry.geometry.derived
      object["onDisk"] = found?.json(entry.geometry)
      return try print(.object(object))
    }
    var lines = [("image", name.description), ("root hash", Hex.encode(entry.geometry.rootHash.bytes))]
    lines.append(("salt", Hex.encode(entry.geometry.salt.bytes)))
    lines.append(("data", "\(entry.geometry.dataBlocks) blocks of \(VerityGeometry.blockSize) bytes"))
    lines.append(("hash tree", "at \(entry.geometry.hashOffset)"))
    if let fec = entry.geometry.fec { lines.append(("fec", fec.description)) }
    if let encryption = entry.encryption { lines.append(("encrypted", encryption.description)) }
    // Whoever has just made it does not ask.
    if path == nil { lines += entry.geometry.furtherLines }
    for reference in entry.references { lines.append(("reference", reference.description)) }
    if let config = entry.config {
      if !config.args.isEmpty { lines.append(("args", config.args.map(\.description).joined(separator: " "))) }
      for variable in config.env { lines.append(("env", variable.description)) }
      if let user = config.user { lines.append(("user", user.description)) }
      if let cwd = config.cwd { lines.append(("cwd", cwd.description)) }
      if let signal = config.stopSignal { lines.append(("stops by", signal.description)) }
    }
    if let path { lines.append(("file", path.description)) }
    lines += found?.lines(entry.geometry) ?? []
    for (label, value) in lines { try line("\(pad(label + ":", 11)) \(value)") }
  }

  static func printTable(_ lock: ImageLock, json: Bool) throws {
    let images = lock.images.sorted { $0.key < $1.key }
    guard !json else { return try print(.array(images.map { .object(object($0.key, $0.value, nil)) })) }
    let width = max(4, images.map { $0.key.description.count }.max() ?? 0)
    try line("\(pad("NAME", width))  \(pad("ROOT HASH", 64))  SIZE")
    for (name, entry) in images {
      let size = entry.geometry.dataBlocks * VerityGeometry.blockSize
      try line("\(pad(name.description, width))  \(Hex.encode(entry.geometry.rootHash.bytes))  \(readable(size))")
    }
  }

  static func line(_ text: String) throws(SystemError) { try StandardStream.output.write(text + "\n") }

  static func print(_ value: JSONValue) throws(SystemError) {
    try StandardStream.output.write(String(decoding: JSONWriter.encodePretty(value), as: UTF8.self))
  }

  private static func object(_ name: ByteString, _ entry: ImageLock.Entry, _ path: ByteString?) -> JSONObject {
    var object: JSONObject = ["name": .string(name)]
    if let path { object["file"] = .string(path) }
    object["image"] = entry.json
    return object
  }

  /// A number of bytes for people.
  static func readable(_ bytes: UInt64) -> String {
    switch bytes {
    case ..<(1 << 20): "\((bytes + 1023) >> 10) KiB"
    case ..<(10 << 30): "\((bytes + 1 << 19) >> 20) MiB"
    case _: "\((bytes + 1 << 29) >> 30) GiB"
    }
  }

  private static func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}
