public import Bytes
public import Digest
internal import Linux
public import StrictJSON

/// What the verified root file system says of this node: `/etc/ward/ward.json`, or the defaults where it is absent.
public struct NodeConfiguration: Equatable, Sendable {
  /// Where the record of decisions lies.
  public struct DecisionLog: Equatable, Sendable {
    public let path: ByteString
    /// The size in bytes at which a new file is begun; one old file is kept beside it.
    public let maximumBytes: UInt64
    /// What the record of a denial holds of the command.
    public let commands: Commands
    /// Where `wardctl denials ship` sends records; no command waits for it.
    public let ship: [LogSink]

    /// What a record holds of a command that was denied; what a policy that audits admits is held whole in any case.
    public enum Commands: String, JSONEnumeration, Sendable {
      /// Without what may be secret.
      case redacted
      /// All of it: for nodes on which policies are written, and no secrets are kept.
      case whole
      /// Its digest alone.
      case none
    }
  }

  /// Who must have signed a bundle that is measured.
  public struct PolicySigners: Equatable, Sendable {
    /// How many of them; at least one.
    public let required: Int
    /// Their public keys as PEM texts.
    public let keys: [ByteString: ByteString]
  }

  /// SHA-256 of the file; of nothing where there is none.
  public internal(set) var digest: ByteString = HashAlgorithm.sha256.digest(of: [])
  public var tpm: TPMAddress
  /// Extended once a boot, with the digest of the bundle.
  public let policyPCR: UInt8
  /// Extended with everything else, with an event log beside it.
  public let eventPCR: UInt8
  /// The bank whose values are compared; all banks are extended.
  public let pcrBank: HashAlgorithm
  /// Directories with images, `<root hash in hex>.erofs` each; looked through in order.
  public let images: [ByteString]
  /// The program that opens dm-verity devices.
  public let verity: ByteString
  /// The program that hands over the keys of encrypted images, of the node's verified root file system; without one they
  /// are refused.
  public let keyProvider: ByteString?
  /// How long it may take, in seconds.
  public let keyProviderTimeout: UInt32
  /// The program that asks NVIDIA's management library.
  public let gpu: ByteString
  /// That library, libnvidia-ml, of the node's verified root file system.
  public let nvml: ByteString
  public let decisionLog: DecisionLog
  /// The lowest version of each named policy that may be measured.
  public let policyFloor: [ByteString: UInt64]
  /// Nil where bundles are taken unsigned: who releases keys then looks at the digest alone.
  public let policySigners: PolicySigners?
  /// Whether an image stays open after the last container that uses it.
  public let keepImages: Bool
  /// What the kernel does about a block of a dm-verity device that is not the pinned one.
  public let onCorruption: CorruptionResponse
  /// Whether dm-verity devices are opened with the signature of their root hash that lies beside the image, for kernels
  /// that demand one.
  public let rootHashSignatures: Bool
}

extension NodeConfiguration: JSONObjectDecodable {
  /// The configuration of a node without a file.
  public static let `default` = NodeConfiguration(
    tpm: .device("/dev/tpmrm0"), policyPCR: 8, eventPCR: 14, pcrBank: .sha256, images: ["/var/lib/ward/images"],
    verity: "/usr/libexec/ward/ward-verity", keyProvider: nil, keyProviderTimeout: 30,
    gpu: "/usr/libexec/ward/ward-gpu", nvml: "/usr/lib/x86_64-linux-gnu/libnvidia-ml.so.1", decisionLog: .default,
    policyFloor: [:], policySigners: nil, keepImages: false, onCorruption: .error,
    rootHashSignatures: false)

  /// Reads the members; an absent one has its default.
  public init(members: inout JSONMembers) throws(JSONError) {
    let base = Self.default
    tpm = try members.optional("tpm") ?? base.tpm
    policyPCR = try members.optional("policyPCR", as: Register.self)?.index ?? base.policyPCR
    eventPCR = try members.optional("eventPCR", as: Register.self)?.index ?? base.eventPCR
    guard policyPCR != eventPCR else {
      throw JSONError(.value(expected: "another PCR than policyPCR", found: "\(eventPCR)")).under("eventPCR")
    }
    pcrBank = try members.optional("pcrBank", as: Bank.self)?.algorithm ?? base.pcrBank
    images = try members.optional("images", as: [Path].self)?.map(\.bytes) ?? base.images
    verity = try members.optional("verity", as: Path.self)?.bytes ?? base.verity
    keyProvider = try members.optional("keyProvider", as: Path.self)?.bytes
    keyProviderTimeout = try members.optional("keyProviderTimeout") ?? base.keyProviderTimeout
    guard (1...300).contains(keyProviderTimeout) else {
      throw JSONError(.value(expected: "from 1 to 300 seconds", found: "\(keyProviderTimeout)"))
        .under("keyProviderTimeout")
    }
    gpu = try members.optional("gpu", as: Path.self)?.bytes ?? base.gpu
    nvml = try members.optional("nvml", as: Path.self)?.bytes ?? base.nvml
    decisionLog = try members.optional("decisionLog") ?? base.decisionLog
    policyFloor = try members.optional("policyFloor") ?? base.policyFloor
    policySigners = try members.optional("policySigners")
    keepImages = try members.optional("keepImages") ?? base.keepImages
    onCorruption = try members.optional("onCorruption") ?? base.onCorruption
    rootHashSignatures = try members.optional("rootHashSignatures") ?? base.rootHashSignatures
  }
}

extension NodeConfiguration.DecisionLog: JSONObjectDecodable {
  /// In the node's memory, 16 MiB.
  public static let `default` = Self(
    path: "/run/ward/decisions.jsonl", maximumBytes: 16 << 20, commands: .redacted, ship: [])

  /// Reads the members; an absent one has its default.
  public init(members: inout JSONMembers) throws(JSONError) {
    path = try members.optional("path", as: Path.self)?.bytes ?? Self.default.path
    maximumBytes = try members.optional("maximumBytes") ?? Self.default.maximumBytes
    commands = try members.optional("commands") ?? Self.default.commands
    ship = try members.optional("ship") ?? Self.default.ship
    // The greatest record is 64 KiB: a file must hold some of them.
    guard (1 << 20...1 << 40).contains(maximumBytes) else {
      throw JSONError(.value(expected: "from 1048576 to 1099511627776", found: "\(maximumBytes)")).under("maximumBytes")
    }
  }
}

extension NodeConfiguration.PolicySigners: JSONObjectDecodable {
  /// Reads the members.
  public init(members: inout JSONMembers) throws(JSONError) {
    keys = try members.required("keys")
    required = try members.required("required")
    guard required > 0, required <= keys.count else {
      throw JSONError(.value(expected: "from 1 to \(keys.count), the number of keys", found: "\(required)"))
        .under("required")
    }
  }
}

/// A PCR that an operating system may use and that nothing resets before the machine does (UAPI.7, Linux TPM PCR
/// registry): 0-7 are the firmware's, 16 and 23 can be reset by root, 17-22 belong to late launch.
private struct Register: JSONDecodable {
  let index: UInt8

  init(json: JSONValue) throws(JSONError) {
    index = try UInt8(json: json)
    guard (8...15).contains(index) else { throw JSONError(.value(expected: "a PCR from 8 to 15", found: "\(index)")) }
  }
}

/// A bank that may decide: not sha1.
private struct Bank: JSONDecodable {
  let algorithm: HashAlgorithm

  init(json: JSONValue) throws(JSONError) {
    let name = try ByteString(json: json)
    switch name {
    case "sha256": algorithm = .sha256
    case "sha384": algorithm = .sha384
    case "sha512": algorithm = .sha512
    case _: throw .value(expected: "sha256|sha384|sha512", found: name)
    }
  }
}

private struct Path: JSONDecodable {
  let bytes: ByteString

  init(json: JSONValue) throws(JSONError) {
    bytes = try ByteString(json: json)
    guard bytes.isCleanAbsolutePath else { throw .value(expected: "an absolute path without . and ..", found: bytes) }
  }
}
