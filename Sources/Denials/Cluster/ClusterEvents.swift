internal import Bytes
internal import Linux
public import StrictJSON

/// Refusals as the cluster tells of them: `kubectl get events -o json`, or the journal of containerd or kubelet.
///
/// Nobody needs to get onto the node for it. The texts are others': what they say is shown, and nothing follows from it.
public struct ClusterEvents: Sendable {
  /// A refusal, with all the times that it was told.
  public struct Refusal: Equatable, Sendable {
    public let message: DenialMessage
    /// `namespace/name`, where the text says so.
    public internal(set) var pod: String?
    /// How often it was told, with what Kubernetes counted itself.
    public internal(set) var count: UInt64
    /// RFC 3339 as the text has it; empty where it has none.
    public internal(set) var last: String
  }

  /// The newest last.
  public private(set) var refusals: [Refusal] = []

  /// Reads a text of either kind.
  ///
  /// - Throws: ``StrictJSON/JSONError`` where it begins as JSON of `kubectl` and is none.
  public init(_ text: [UInt8]) throws(JSONError) {
    if text.first(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) == UInt8(ascii: "{"),
      text.span.contains(Array("\"items\"".utf8)) || text.span.contains(Array("\"involvedObject\"".utf8)),
      !text.span.contains(Array("\"MESSAGE\"".utf8))
    {
      add(
        events: try StrictJSON.parse(
          text, named: "events", limits: .init(bytes: 256 << 20, depth: 64, elements: 20_000_000)))
    } else {
      for line in ByteString(text).split(UInt8(ascii: "\n")) {
        for message in DenialMessage.find(in: line) {
          add(Refusal(message: message, pod: nil, count: 1, last: Self.time(line)))
        }
      }
    }
    refusals.sort { $0.last < $1.last }
  }

  private mutating func add(events: JSONValue) {
    let items: [JSONValue] = if case .array(let items)? = events["/items"] { items } else { [events] }
    for event in items {
      // Events of both kinds, and what a pod's status says of a container that waits or has ended.
      let texts = [event["/message"], event["/note"]] + Self.states(of: event)
      for case .string(let text)? in texts {
        for message in DenialMessage.find(in: text) {
          add(
            Refusal(
              message: message, pod: Self.pod(of: event),
              count: Self.number(event["/count"]) ?? Self.number(event["/series/count"]) ?? 1,
              last: Self.text(event, ["/lastTimestamp", "/series/lastObservedTime", "/eventTime", "/firstTimestamp"])))
        }
      }
    }
  }

  private static func states(of pod: JSONValue) -> [JSONValue?] {
    let lists = [pod["/status/containerStatuses"], pod["/status/initContainerStatuses"]]
    return lists.flatMap { list -> [JSONValue?] in
      guard case .array(let statuses)? = list else { return [] }
      return statuses.flatMap { status in
        (["/state/waiting/message", "/state/terminated/message", "/lastState/terminated/message"] as [JSONPointer])
          .map { status[$0] }
      }
    }
  }

  private static func pod(of event: JSONValue) -> String? {
    let object = event["/involvedObject"] ?? event["/regarding"] ?? event["/metadata"]
    guard case .string(let name)? = object?["/name"] else { return nil }
    guard case .string(let space)? = object?["/namespace"] else { return name.description }
    return "\(space)/\(name)"
  }

  private static func number(_ value: JSONValue?) -> UInt64? {
    guard case .integer(let number)? = value else { return nil }
    return UInt64(exactly: number)
  }

  private static func text(_ event: JSONValue, _ places: [JSONPointer]) -> String {
    for place in places { if case .string(let text)? = event[place], !text.isEmpty { return text.description } }
    return ""
  }

  /// The first RFC 3339 time of a line of a log.
  private static func time(_ line: ByteString) -> String {
    let bytes = line.bytes
    let shape = Array("0000-00-00T00:00:00".utf8)
    guard bytes.count >= shape.count else { return "" }
    for start in 0...(bytes.count - shape.count) {
      let fits = shape.indices.allSatisfy { index in
        let byte = bytes[start + index]
        return shape[index] == UInt8(ascii: "0") ? (0x30...0x39).contains(byte) : byte == shape[index]
      }
      if fits { return String(decoding: bytes[start..<start + shape.count], as: UTF8.self) + "Z" }
    }
    return ""
  }

  /// The same refusal told again counts, and moves to its newest time.
  private mutating func add(_ refusal: Refusal) {
    guard let index = refusals.firstIndex(where: { $0.message == refusal.message && $0.pod == refusal.pod }) else {
      return refusals.append(refusal)
    }
    refusals[index].count += refusal.count
    refusals[index].last = max(refusals[index].last, refusal.last)
  }
}
