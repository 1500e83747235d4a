public import Bytes
public import Linux
public import NodeConfiguration
public import Policy
public import StrictJSON

/// What `ward` asks `ward-verity` to open: everything that identifies the device, so that nothing is read from it, and
/// nothing else can be made of it.
public struct VerityRequest: Equatable, Sendable {
  /// The exit status of `ward-verity` where the kernel lacks what the request asks for: EX_UNAVAILABLE of sysexits.h.
  public static let kernelLacksStatus: Int32 = 69

  /// The number of the loop device with data and hash tree.
  public let loop: UInt32
  public let geometry: VerityGeometry
  public let onCorruption: CorruptionResponse

  /// A request to open a device.
  public init(loop: UInt32, geometry: VerityGeometry, onCorruption: CorruptionResponse = .error) {
    (self.loop, self.geometry, self.onCorruption) = (loop, geometry, onCorruption)
  }

  /// The same, of a device that repairs nothing.
  public var uncorrected: VerityRequest {
    VerityRequest(loop: loop, geometry: geometry.uncorrected, onCorruption: onCorruption)
  }

  /// `ward-<root hash>`: the new device's name in device-mapper.
  public var name: ByteString { geometry.deviceName }

  /// Length of the new device, in sectors of 512 bytes.
  public var sectors: UInt64 { geometry.sectors }

  private var file: ByteString { ByteString("\(LoopDevice.major):\(loop)") }

  /// The parameters of the target `verity` over the file itself.
  public var parameters: ByteString { geometry.parameters(device: file, onCorruption) }

  /// The parameters of the target `verity` over the device that decrypts.
  public func parameters(over below: DeviceNumber) -> ByteString {
    geometry.parameters(device: below.text, onCorruption)
  }

  /// Name, length in sectors of 512 bytes and parameters of the device that decrypts.
  public var below: (name: ByteString, sectors: UInt64, parameters: ByteString) {
    (geometry.cryptName, geometry.cryptSectors, geometry.cryptParameters(device: file))
  }
}

extension VerityRequest: JSONObjectDecodable {
  /// Reads all members; only that of the error correction may be absent.
  public init(members: inout JSONMembers) throws(JSONError) {
    loop = try members.required("loop")
    onCorruption = try members.required("onCorruption")
    geometry = try VerityGeometry(members: &members)
  }

  /// The request as `ward-verity` reads it.
  public var json: JSONValue {
    var object: JSONObject = [
      "loop": JSONValue(loop), "onCorruption": .string(ByteString(onCorruption.rawValue)),
      "rootHash": .string(ByteString(Hex.encode(geometry.rootHash.bytes))),
      "salt": .string(ByteString(Hex.encode(geometry.salt.bytes))), "dataBlocks": JSONValue(geometry.dataBlocks),
      "hashOffset": JSONValue(geometry.hashOffset),
    ]
    object["fec"] = geometry.fec?.json
    return .object(object)
  }
}

extension VerityGeometry {
  /// Reads `rootHash` and `salt` in hexadecimal, `dataBlocks`, `hashOffset`, and `fec` where it is there.
  public init(members: inout JSONMembers) throws(JSONError) {
    let rootHash = try members.required("rootHash", as: HexBytes.self)
    let salt = try members.required("salt", as: HexBytes.self)
    let dataBlocks = try members.required("dataBlocks", as: UInt64.self)
    let hashOffset = try members.required("hashOffset", as: UInt64.self)
    guard
      let geometry = VerityGeometry(
        rootHash: rootHash.bytes, salt: salt.bytes, dataBlocks: dataBlocks, hashOffset: hashOffset,
        fec: try members.optional("fec"))
    else { throw JSONError(.refused(Self.expectation)) }
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
