public import Bytes
public import StrictJSON

/// A payload with the signatures of some parties (DSSE 1.0.2, https://github.com/secure-systems-lab/dsse).
///
/// What is signed binds the type to the payload, so that no signature of something else passes for one of a policy.
public struct Envelope: Equatable, Sendable {
  /// One party's signature.
  public struct Signature: Equatable, Sendable {
    /// The signer's name. It chooses the key to try, and proves nothing.
    public let keyID: ByteString
    public let bytes: ByteString
  }

  public let payloadType: ByteString
  public let payload: [UInt8]
  public private(set) var signatures: [Signature]

  /// The type of a policy's bundle.
  public static let policyType: ByteString = "application/vnd.ward.policy.v1+json"

  /// An envelope that nobody has signed.
  public init(_ payload: [UInt8], type: ByteString = Envelope.policyType) {
    (self.payload, payloadType, signatures) = (payload, type, [])
  }

  /// What is signed: the pre-authentication encoding of type and payload.
  public var signedBytes: [UInt8] {
    let head = "DSSEv1 \(payloadType.count) "
    return Array(head.utf8) + payloadType.bytes + Array(" \(payload.count) ".utf8) + payload
  }

  /// Adds a party's signature, in place of an older one of the same name.
  public mutating func sign(with key: borrowing PrivateKey, as name: ByteString) throws(SignatureError) {
    try Self.check(name)
    let signature = Signature(keyID: name, bytes: try key.sign(signedBytes))
    signatures.removeAll { $0.keyID == name }
    signatures.append(signature)
  }

  /// Checks that enough of the signers have signed exactly this payload as one of this type.
  ///
  /// A signature under a name that is no signer's counts for nothing; a wrong one under a signer's name is an error,
  /// however many others are right.
  ///
  /// - Returns: the names of those who have signed.
  public func verify(
    _ payload: [UInt8], type: ByteString = Envelope.policyType, signers: [(name: ByteString, key: PublicKey)],
    required: Int
  ) throws(SignatureError) -> [ByteString] {
    try Self.check(signers, required: required)
    guard payloadType == type else { throw .payloadType(expected: type, found: payloadType) }
    guard self.payload == payload else { throw .payload }
    var signed: [ByteString] = []
    for (index, signature) in signatures.enumerated() {
      guard !signatures[..<index].contains(where: { $0.keyID == signature.keyID }) else {
        throw .repeated(signature.keyID)
      }
      guard let signer = signers.first(where: { $0.name == signature.keyID }) else { continue }
      guard try signer.key.verifies(signature.bytes, of: signedBytes) else { throw .wrong(signer.name) }
      signed.append(signer.name)
    }
    guard signed.count >= required else {
      let missing = signers.map(\.name).filter { !signed.contains($0) }
      throw .threshold(required: required, signed: signed, missing: missing)
    }
    return signed
  }

  /// Checks that so many of the signers can be asked for: each has a name and a key of its own.
  public static func check(
    _ signers: [(name: ByteString, key: PublicKey)], required: Int
  ) throws(SignatureError) {
    for (index, signer) in signers.enumerated() {
      try check(signer.name)
      for other in signers[..<index] {
        guard other.name != signer.name else { throw .repeated(signer.name) }
        guard other.key != signer.key else { throw .sameKey(other.name, signer.name) }
      }
    }
    guard required > 0, required <= signers.count else { throw .requirement(required, of: signers.count) }
  }

  private static func check(_ name: ByteString) throws(SignatureError) {
    guard (1...128).contains(name.count), name.bytes.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw .name(name)
    }
  }
}

extension Envelope: JSONObjectDecodable {
  /// The greatest size of an envelope's file in bytes.
  public static let sizeLimit = 8 << 20

  /// Reads a file, whose name stands in errors.
  public init(file bytes: [UInt8], named name: String) throws(JSONError) {
    var limits = StrictJSON.Limits.default
    limits.bytes = Self.sizeLimit
    self = try StrictJSON.decode(from: bytes, named: name, limits: limits)
  }

  /// Reads the members.
  public init(members: inout JSONMembers) throws(JSONError) {
    payload = try members.required("payload", as: Base64Text.self).bytes
    payloadType = try members.required("payloadType")
    signatures = try members.required("signatures")
  }

  /// The file, members sorted.
  public var json: JSONValue {
    let signatures = signatures.map { signature in
      ["keyid": .string(signature.keyID), "sig": .string(Base64.encode(signature.bytes.bytes))] as JSONValue
    }
    return [
      "payload": .string(Base64.encode(payload)), "payloadType": .string(payloadType), "signatures": .array(signatures),
    ]
  }
}

extension Envelope.Signature: JSONObjectDecodable {
  /// Reads the members.
  public init(members: inout JSONMembers) throws(JSONError) {
    keyID = try members.required("keyid")
    bytes = ByteString(try members.required("sig", as: Base64Text.self).bytes)
  }
}

/// Bytes as base64.
private struct Base64Text: JSONDecodable {
  let bytes: [UInt8]

  init(json: JSONValue) throws(JSONError) {
    guard let bytes = Base64.decode(try ByteString(json: json)) else {
      throw JSONError(.refused("expected base64 with padding"))
    }
    self.bytes = bytes
  }
}
