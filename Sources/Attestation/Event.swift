public import Bytes
internal import Digest
public import StrictJSON

/// Something that was extended into the event PCR.
public enum Event: Hashable, Sendable {
  /// The bundle that was extended into the policy PCR, and the SHA-256 of the node's configuration at that time. The
  /// first event of every log, and only the first.
  case policy(name: ByteString, version: UInt64, digest: ByteString, configuration: ByteString)
  /// The node is locked down: from here on only what the node does follows.
  case separator
  /// The last line of the decision log at this moment: its number and the SHA-256 of the line.
  case checkpoint(sequence: UInt64, digest: ByteString)
  /// What GPUs said to a nonce, before they took work: the SHA-256 of the evidence.
  case gpu(digest: ByteString)
  /// A container was admitted and is about to be made.
  case launch(Launch)

  /// What a container is made of.
  public struct Launch: Hashable, Sendable {
    /// The SHA-256 of the bundle that admitted it.
    public let policy: ByteString
    /// The entry of the policy that it is an instance of; empty under a policy that has no entries.
    public let entry: ByteString
    /// The root hashes of its images, of its root first, then of its volumes.
    public let images: [ByteString]

    public init(policy: ByteString, entry: ByteString, images: [ByteString]) {
      (self.policy, self.entry, self.images) = (policy, entry, images)
    }
  }

  /// The number of a kind of event. It is the kind's for good.
  enum Kind: UInt8 {
    case policy = 1
    case separator, checkpoint, gpu, launch

    /// Whether the event may follow the separator: it tells what the node does, and changes nothing of what it may do.
    var isOperational: Bool {
      switch self {
      case .policy, .separator: false
      case .checkpoint, .gpu, .launch: true
      }
    }
  }

  /// The word for the kind of event.
  public var name: String {
    switch self {
    case .policy: "policy"
    case .separator: "separator"
    case .checkpoint: "checkpoint"
    case .gpu: "gpu"
    case .launch: "launch"
    }
  }
}

// The content of a CEL record is TLV(0x57, TLV(kind, canonical JSON)): a content type of Ward's own, with the kinds
// numbered below. A kind keeps its number for good.
extension Event {
  /// The content type of Ward's events in a CEL log.
  static let contentType: UInt8 = 0x57
  /// The greatest payload of an event in bytes: the launch of a container with some nine hundred images.
  static let maximumPayload = 64 << 10

  var kind: Kind {
    switch self {
    case .policy: .policy
    case .separator: .separator
    case .checkpoint: .checkpoint
    case .gpu: .gpu
    case .launch: .launch
    }
  }

  /// What the event tells beside its kind: digests as hexadecimal digits.
  public var payload: JSONValue {
    switch self {
    case .policy(let name, let version, let digest, let configuration):
      [
        "configuration": .hex(configuration), "digest": .hex(digest), "name": .string(name),
        "version": JSONValue(version),
      ]
    case .separator: [:]
    case .checkpoint(let sequence, let digest): ["digest": .hex(digest), "sequence": JSONValue(sequence)]
    case .gpu(let digest): ["digest": .hex(digest)]
    case .launch(let launch):
      [
        "entry": .string(launch.entry), "images": .array(launch.images.map { .hex($0) }), "policy": .hex(launch.policy),
      ]
    }
  }

  /// The whole content TLV: what is hashed, type included.
  var content: ByteString {
    let payload = TLV(type: kind.rawValue, value: ByteString(CanonicalJSON.encode(payload)))
    return TLV(type: Self.contentType, value: payload.bytes).bytes
  }

  /// Reads the value of a content TLV; nil unless it is exactly what `content` writes.
  init?(contentValue: ByteString) {
    var reader = BigEndianReader(contentValue)
    guard let tlv = TLV(&reader), reader.isAtEnd, tlv.value.count <= Self.maximumPayload else { return nil }
    do {
      let json = try StrictJSON.parse(tlv.value.bytes)
      self = try json.decodeObject { members throws(JSONError) in try Event(kind: tlv.type, &members) }
    } catch {
      return nil
    }
    guard content == TLV(type: Self.contentType, value: contentValue).bytes else { return nil }
  }

  private init(kind: UInt8, _ members: inout JSONMembers) throws(JSONError) {
    switch Kind(rawValue: kind) {
    case .policy:
      self = .policy(
        name: try members.required("name"), version: try members.required("version"),
        digest: try members.required("digest", as: DigestText.self).bytes,
        configuration: try members.required("configuration", as: DigestText.self).bytes)
    case .separator: self = .separator
    case .checkpoint:
      self = .checkpoint(
        sequence: try members.required("sequence"),
        digest: try members.required("digest", as: DigestText.self).bytes)
    case .gpu: self = .gpu(digest: try members.required("digest", as: DigestText.self).bytes)
    case .launch:
      self = .launch(
        Launch(
          policy: try members.required("policy", as: DigestText.self).bytes, entry: try members.required("entry"),
          images: try members.required("images", as: [DigestText].self).map(\.bytes)))
    case nil: throw JSONError(.refused("unknown event kind \(kind)"))
    }
  }
}

/// A SHA-256 digest as hexadecimal digits.
private struct DigestText: JSONDecodable {
  let bytes: ByteString

  init(json: JSONValue) throws(JSONError) {
    let text = try ByteString(json: json)
    guard let digest = Hex.decode(text), digest.count == HashAlgorithm.sha256.size else {
      throw .value(expected: "64 hexadecimal digits", found: text)
    }
    bytes = ByteString(digest)
  }
}

extension JSONValue {
  fileprivate static func hex(_ digest: ByteString) -> JSONValue { .string(ByteString(Hex.encode(digest.bytes))) }
}

/// Type, length and value, as the event log nests them.
struct TLV {
  /// The bytes of type and length.
  static let overhead = 5

  let type: UInt8
  let value: ByteString

  init(type: UInt8, value: ByteString) { (self.type, self.value) = (type, value) }

  /// Reads one; nil where the bytes end before it does.
  init?(_ reader: inout BigEndianReader) {
    guard let type = reader.read(UInt8.self), let length = reader.read(UInt32.self),
      let value = reader.read(count: Int(length))
    else { return nil }
    self.init(type: type, value: value)
  }

  var bytes: ByteString {
    var writer = BigEndianWriter()
    writer.append(type)
    writer.append(UInt32(value.count))
    writer.append(value)
    return ByteString(writer.bytes)
  }
}
