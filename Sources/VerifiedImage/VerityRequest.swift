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
  /// Where the kernel takes no signature of the root hash, or not this one: EX_NOPERM.
  public static let signatureStatus: Int32 = 77

  /// The number of the loop device with data and hash tree.
  public let loop: UInt32
  public let geometry: VerityGeometry
  public let onCorruption: CorruptionResponse
  /// That of the root hash, which the kernel is to check; nil where it is to check none.
  public let signature: ByteString?

  /// The most bytes that a request has.
  public static let sizeLimit = 16384

  /// A request to open a device.
  public init(
    loop: UInt32, geometry: VerityGeometry, onCorruption: CorruptionResponse = .error, signature: ByteString? = nil
  ) {
    (self.loop, self.geometry, self.onCorruption, self.signature) = (loop, geometry, onCorruption, signature)
  }

  /// For each feature of dm-verity that the request needs and a kernel may have been built without: the option of that
  /// build, and the same request without the feature.
  public var reduced: [(option: String, request: VerityRequest)] {
    var reduced: [(option: String, request: VerityRequest)] = []
    if geometry.fec != nil {
      let request = VerityRequest(
        loop: loop, geometry: geometry.uncorrected, onCorruption: onCorruption, signature: signature)
      reduced.append(("CONFIG_DM_VERITY_FEC", request))
    }
    if signature != nil {
      let request = VerityRequest(loop: loop, geometry: geometry, onCorruption: onCorruption)
      reduced.append(("CONFIG_DM_VERITY_VERIFY_ROOTHASH_SIG", request))
    }
    return reduced
  }

  /// `ward-<root hash>`: the new device's name in device-mapper.
  public var name: ByteString { geometry.deviceName }

  /// Length of the new device, in sectors of 512 bytes.
  public var sectors: UInt64 { geometry.sectors }

  private var file: ByteString { ByteString("\(LoopDevice.major):\(loop)") }

  /// The parameters of the target `verity` over the file itself.
  public var parameters: ByteString {
    geometry.parameters(device: file, onCorruption, signed: signature != nil)
  }

  /// The parameters of the target `verity` over the device that decrypts.
  public func parameters(over below: DeviceNumber) -> ByteString {
    geometry.parameters(device: below.text, onCorruption, signed: signature != nil)
  }

  /// Name, length in sectors of 512 bytes and parameters of the device that decrypts.
  public var below: (name: ByteString, sectors: UInt64, parameters: ByteString) {
    (geometry.cryptName, geometry.cryptSectors, geometry.cryptParameters(device: file))
  }
}

extension VerityRequest: JSONObjectDecodable {
  /// Reads all members; only error correction and signature may be absent.
  public init(members: inout JSONMembers) throws(JSONError) {
    loop = try members.required("loop")
    onCorruption = try members.required("onCorruption")
    signature = try members.optional("signature", as: HexBytes.self)?.bytes
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
    object["signature"] = signature.map { .string(ByteString(Hex.encode($0.bytes))) }
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
