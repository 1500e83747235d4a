public import Bytes
internal import Digest
internal import StrictJSON

/// Something that was extended into the event PCR.
public enum Event: Hashable, Sendable {
  /// The bundle that was extended into the policy PCR. The first event of every log, and only the first.
  case policy(name: ByteString, version: UInt64, digest: ByteString)
  /// The node is locked down: from here on only what the node does follows.
  case separator
  /// The last line of the decision log at this moment: its number and the SHA-256 of the line.
  case checkpoint(sequence: UInt64, digest: ByteString)
  /// What GPUs said to a nonce, before they took work: the SHA-256 of the evidence.
  case gpu(digest: ByteString)

  /// Whether the event may follow the separator: it tells what the node does, and changes nothing of what it may do.
  var isOperational: Bool {
    switch self {
    case .policy, .separator: false
    case .checkpoint, .gpu: true
    }
  }

  /// The word for the kind of event.
  public var name: String {
    switch self {
    case .policy: "policy"
    case .separator: "separator"
    case .checkpoint: "checkpoint"
    case .gpu: "gpu"
    }
  }
}

// The content of a CEL record is TLV(0x57, TLV(kind, canonical JSON)): a content type of Ward's own, with the kinds
// numbered below. A kind keeps its number for good.
extension Event {
  /// The content type of Ward's events in a CEL log.
  static let contentType: UInt8 = 0x57
  /// The greatest payload of an event in bytes.
  private static let maximumPayload = 4096

  /// The whole content TLV: what is hashed, type included.
  var content: ByteString {
    let payload: JSONValue
    let kind: UInt8
    switch self {
    case .policy(let name, let version, let digest):
      kind = 1
      payload = [
        "digest": .string(ByteString(Hex.encode(digest.bytes))), "name": .string(name), "version": JSONValue(version),
      ]
    case .separator:
      kind = 2
      payload = [:]
    case .checkpoint(let sequence, let digest):
      kind = 3
      payload = ["digest": .string(ByteString(Hex.encode(digest.bytes))), "sequence": JSONValue(sequence)]
    case .gpu(let digest):
      kind = 4
      payload = ["digest": .string(ByteString(Hex.encode(digest.bytes)))]
    }
    return TLV(type: Self.contentType, value: TLV(type: kind, value: ByteString(CanonicalJSON.encode(payload))).bytes)
      .bytes
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
    switch kind {
    case 1:
      self = .policy(
        name: try members.required("name"), version: try members.required("version"),
        digest: try Event.digest(&members))
    case 2: self = .separator
    case 3: self = .checkpoint(sequence: try members.required("sequence"), digest: try Event.digest(&members))
    case 4: self = .gpu(digest: try Event.digest(&members))
    case _: throw JSONError(.refused("unknown event kind \(kind)"))
    }
  }

  private static func digest(_ members: inout JSONMembers) throws(JSONError) -> ByteString {
    let text: ByteString = try members.required("digest")
    guard let digest = Hex.decode(text), digest.count == HashAlgorithm.sha256.size else {
      throw JSONError.value(expected: "64 hexadecimal digits", found: text).under("digest")
    }
    return ByteString(digest)
  }
}

/// Type, length and value, as the event log nests them.
struct TLV {
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
