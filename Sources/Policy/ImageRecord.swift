import Bytes
import StrictJSON

/// An image as it stands in the bundle, under its name.
struct ImageRecord: BundlePart {
  private let geometry: VerityGeometry
  private let integrity: Integrity
  private let encryption: ImageEncryption?
  private let references: [ByteString]

  init(image: Image) {
    (geometry, integrity, references) = (image.geometry, image.integrity, image.references)
    encryption = image.encryption
  }

  static func images(_ records: [ByteString: ImageRecord]) throws(JSONError) -> [ByteString: Image] {
    var images: [ByteString: Image] = [:]
    for (name, record) in records {
      images[name] = Image(
        name: name, geometry: record.geometry, integrity: record.integrity, encryption: record.encryption,
        references: record.references)
    }
    return images
  }

  init(json: JSONValue) throws(JSONError) {
    self = try json.decodeObject(ImageRecord.init(members:))
  }

  private init(members: inout JSONMembers) throws(JSONError) {
    let geometry = VerityGeometry(
      rootHash: try members.required("rootHash", as: HexBytes.self).bytes,
      salt: try members.required("salt", as: HexBytes.self).bytes,
      dataBlocks: try members.required("dataBlocks"), hashOffset: try members.required("hashOffset"),
      fec: try members.optional("fec"))
    guard let geometry else {
      throw JSONError(.refused(VerityGeometry.expectation))
    }
    self.geometry = geometry
    switch try members.optional("integrity", as: ByteString.self) {
    case nil: integrity = .dmVerity
    case "memory": integrity = .memory
    case let text?: throw JSONError.value(expected: "memory, or nothing for dm-verity", found: text).under("integrity")
    }
    encryption = try members.optional("encryption")
    references = try members.collection("references")
  }

  var json: JSONValue {
    var object: JSONObject = [
      "rootHash": HexBytes(bytes: geometry.rootHash).json, "salt": HexBytes(bytes: geometry.salt).json,
      "dataBlocks": JSONValue(geometry.dataBlocks), "hashOffset": JSONValue(geometry.hashOffset),
    ]
    switch integrity {
    case .dmVerity: break
    case .memory: object["integrity"] = "memory"
    }
    object.add("encryption", ifSet: encryption)
    object.add("fec", ifSet: geometry.fec)
    object.add("references", ifAny: references)
    return .object(object)
  }
}

/// Bytes as lower-case hexadecimal text.
private struct HexBytes: BundlePart {
  let bytes: ByteString

  init(bytes: ByteString) { self.bytes = bytes }

  init(json: JSONValue) throws(JSONError) {
    let text = try ByteString(json: json)
    guard let bytes = Hex.decode(text) else { throw .value(expected: "lower-case hexadecimal digits", found: text) }
    self.bytes = ByteString(bytes)
  }

  var json: JSONValue { .string(ByteString(Hex.encode(bytes.bytes))) }
}
