public import Bytes
public import Digest
public import Signature

/// What a verifier takes for true beforehand, and what it asks of a node.
public struct Expectations: Sendable {
  /// Why a signature of an attestation key counts.
  public enum KeyTrust: Sendable {
    /// It is one of these keys. What else the evidence says of the key, its attributes above all, was looked at by
    /// whoever made the key known: see ``AttestationIdentity``.
    case keys([VerificationKey])
    /// It is one of these keys, with all that the TPM says of it.
    case areas([PublicArea])
    /// One of these authorities has certified it: certificates in PEM.
    case authorities([UInt8])
  }

  /// How old the challenge is, and how old it may be, in seconds.
  public struct Age: Equatable, Sendable {
    public let seconds: Int64
    public let maximum: Int64

    public init(seconds: Int64, maximum: Int64) { (self.seconds, self.maximum) = (seconds, maximum) }
  }

  /// Whoever must have signed the bundle.
  public struct Signers: Sendable {
    public let required: Int
    public let keys: [(name: ByteString, key: PublicKey)]

    public init(required: Int, keys: [(name: ByteString, key: PublicKey)]) {
      (self.required, self.keys) = (required, keys)
    }
  }

  /// The bytes of the challenge.
  public var challenge: [UInt8]
  /// What the node must have bound beside the challenge; nil takes what the evidence says.
  public var extra: [UInt8]?
  public var key: KeyTrust
  public var bank = HashAlgorithm.sha256
  public var policyPCR: UInt8 = 8
  public var eventPCR: UInt8 = 14
  /// SHA-256 of the bundle; nil takes any bundle that the signers signed.
  public var bundle: ByteString?
  public var signers: Signers?
  /// The lowest version of the policy.
  public var floor: UInt64?
  /// SHA-256 of the node's configuration; nil takes any.
  public var configuration: ByteString?
  public var requiresLockdown = true
  public var age: Age?
  /// The decision log as it was shipped, from its first record or from a later one; nil where there is none at hand.
  public var decisionLog: [UInt8]?

  /// Expects an answer to a challenge, signed by a key that counts.
  public init(challenge: [UInt8], key: KeyTrust) { (self.challenge, self.key) = (challenge, key) }

  /// Whether it is said which policies are taken: without that any node passes that has some policy.
  public var namesPolicy: Bool { bundle != nil || signers != nil }
}
