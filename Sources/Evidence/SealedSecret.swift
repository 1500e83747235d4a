internal import Attestation
public import Bytes
public import Digest
public import StrictJSON

/// When a sealed secret may be opened: while the policy PCR has one value.
public struct SealingPolicy: Equatable, Sendable {
  public let pcr: UInt8
  public let bank: HashAlgorithm
  public let value: ByteString

  /// For a value of a PCR.
  public init(pcr: UInt8, bank: HashAlgorithm, value: ByteString) {
    (self.pcr, self.bank, self.value) = (pcr, bank, value)
  }

  /// The PCR as the TPM is asked for it.
  public var selection: PCRSelection { PCRSelection([pcr], in: bank) }

  /// The digest of a policy that consists of TPM2_PolicyPCR alone (TPM 2.0 Part 3, section 23.7), without a TPM.
  public var digest: ByteString {
    var writer = BigEndianWriter()
    writer.append(ByteString([UInt8](repeating: 0, count: 32)))
    writer.append(UInt32(0x17F))  // TPM_CC_PolicyPCR
    writer.append(selection.bytes)
    writer.append(selection.digest(of: [pcr: value], with: .sha256))
    return HashAlgorithm.sha256.digest(of: writer.bytes)
  }
}

/// A secret that one TPM opens for one policy: what it needs, encrypted by that TPM.
public struct SealedSecret: Equatable, Sendable {
  /// The greatest secret in bytes (TPM 2.0 Part 2, MAX_SYM_DATA).
  public static let limit = 128

  public let policy: SealingPolicy
  /// The name of the storage key under which it is sealed.
  public let parent: ByteString
  /// A TPM2B_PUBLIC and a TPM2B_PRIVATE, as tpm2_load takes them.
  public let publicArea: ByteString
  public let privateArea: ByteString

  /// What the TPM has sealed.
  public init(policy: SealingPolicy, parent: ByteString, publicArea: ByteString, privateArea: ByteString) {
    (self.policy, self.parent, self.publicArea, self.privateArea) = (policy, parent, publicArea, privateArea)
  }
}

extension SealedSecret: JSONObjectDecodable {
  /// Reads the members.
  ///
  /// The PCR and its value are there for people. The TPM follows the digest in the public area, so that both must agree.
  public init(members: inout JSONMembers) throws(JSONError) {
    try members.header(kind: "SealedSecret")
    policy = SealingPolicy(
      pcr: try members.required("pcr"), bank: try members.required("bank", as: BankName.self).algorithm,
      value: try members.required("value", as: HexText.self).bytes)
    parent = try members.required("parent", as: HexText.self).bytes
    publicArea = try members.required("public", as: Base64Text.self).bytes
    privateArea = try members.required("private", as: Base64Text.self).bytes
    // A template of a sealed secret differs from the object in its last field alone.
    guard policy.pcr < 24, policy.value.count == policy.bank.size else {
      throw JSONError(.refused("expected a PCR below 24 with a value of its bank"))
    }
    guard publicArea.bytes.dropFirst(12).starts(with: policy.digest.bytes) else {
      throw JSONError(.refused("expected the policy of PCR \(policy.pcr) with this value")).under("public")
    }
  }

  /// The file, members sorted.
  public var json: JSONValue {
    [
      "apiVersion": "ward/v1", "bank": .string(ByteString(policy.bank.rawValue)), "kind": "SealedSecret",
      "parent": .hex(parent), "pcr": JSONValue(policy.pcr), "private": .base64(privateArea),
      "public": .base64(publicArea), "value": .hex(policy.value),
    ]
  }
}
