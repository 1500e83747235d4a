public import Bytes
public import StrictJSON

/// The keys by which a TPM is known, for a verifier that has yet to learn them.
public struct AttestationIdentity: Equatable, Sendable {
  public let attestationKey: EvidenceDocument.Key
  public let endorsementKey: EvidenceDocument.Key

  public init(attestationKey: EvidenceDocument.Key, endorsementKey: EvidenceDocument.Key) {
    (self.attestationKey, self.endorsementKey) = (attestationKey, endorsementKey)
  }
}

extension AttestationIdentity: JSONObjectDecodable {
  /// Reads the members.
  public init(members: inout JSONMembers) throws(JSONError) {
    try members.header(kind: "AttestationIdentity")
    attestationKey = try members.required("attestationKey")
    endorsementKey = try members.required("endorsementKey")
  }

  /// The file.
  public var json: JSONValue {
    [
      "apiVersion": "ward/v1", "attestationKey": attestationKey.json, "endorsementKey": endorsementKey.json,
      "kind": "AttestationIdentity",
    ]
  }
}

/// What a verifier keeps while a TPM opens a credential: for which key it was, and what will come back.
public struct PendingActivation: Equatable, Sendable {
  /// A TPM2B_PUBLIC.
  public let attestationKey: ByteString
  /// SHA-256 of the secret.
  public let digest: ByteString

  public init(attestationKey: ByteString, digest: ByteString) {
    (self.attestationKey, self.digest) = (attestationKey, digest)
  }
}

extension PendingActivation: JSONObjectDecodable {
  /// Reads the members.
  public init(members: inout JSONMembers) throws(JSONError) {
    try members.header(kind: "PendingActivation")
    attestationKey = try members.required("attestationKey", as: Base64Text.self).bytes
    digest = try members.required("digest", as: HexText.self).bytes
  }

  /// The file.
  public var json: JSONValue {
    [
      "apiVersion": "ward/v1", "attestationKey": .base64(attestationKey), "digest": .hex(digest),
      "kind": "PendingActivation",
    ]
  }
}
