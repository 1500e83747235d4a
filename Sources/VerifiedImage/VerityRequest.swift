public import Bytes
public import Policy
public import StrictJSON

/// What `ward` asks `ward-verity` to open: everything that identifies the device, so that nothing is read from it.
public struct VerityRequest: Equatable, Sendable {
  /// A block device with data and hash tree.
  public let device: ByteString
  /// The new device's name in device-mapper.
  public let name: ByteString
  public let geometry: VerityGeometry

  /// A request to open a device.
  public init(device: ByteString, name: ByteString, geometry: VerityGeometry) {
    (self.device, self.name, self.geometry) = (device, name, geometry)
  }
}

extension VerityRequest: JSONObjectDecodable {
  /// Reads all members; none has a default.
  public init(members: inout JSONMembers) throws(JSONError) {
    device = try members.required("device")
    name = try members.required("name")
    geometry = try VerityGeometry(members: &members)
  }

  /// The request as `ward-verity` reads it.
  public var json: JSONValue {
    [
      "device": .string(device), "name": .string(name),
      "rootHash": .string(ByteString(Hex.encode(geometry.rootHash.bytes))),
      "salt": .string(ByteString(Hex.encode(geometry.salt.bytes))), "dataBlocks": JSONValue(geometry.dataBlocks),
      "hashOffset": JSONValue(geometry.hashOffset),
    ]
  }
}

extension VerityGeometry {
  /// Reads `rootHash` and `salt` in hexadecimal, `dataBlocks` and `hashOffset`.
  public init(members: inout JSONMembers) throws(JSONError) {
    let rootHash = try members.required("rootHash", as: HexBytes.self)
    let salt = try members.required("salt", as: HexBytes.self)
    let dataBlocks = try members.required("dataBlocks", as: UInt64.self)
    let hashOffset = try members.required("hashOffset", as: UInt64.self)
    guard
      let geometry = VerityGeometry(
        rootHash: rootHash.bytes, salt: salt.bytes, dataBlocks: dataBlocks, hashOffset: hashOffset)
    else {
      throw JSONError(
        .value(
          expected: "a root hash of 32 bytes, a salt of at most 256 and a hash tree behind the data",
          found: "\(dataBlocks) data blocks, hash tree at \(hashOffset)"))
    }
    self = geometry
  }
}

/// Bytes as lower-case hexadecimal text.
private struct HexBytes: JSONDecodable {
  let bytes: ByteString

  init(json: JSONValue) throws(JSONError) {
    let text = try ByteString(json: json)
    guard let bytes = Hex.decode(text) else { throw .value(expected: "lower-case hexadecimal", found: text) }
    self.bytes = ByteString(bytes)
  }
}
