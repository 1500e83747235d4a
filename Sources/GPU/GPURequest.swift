public import Bytes
public import StrictJSON

/// What `ward` asks of `ward-gpu`, the only program that loads NVML: one request on standard input, one answer on
/// standard output.
public enum GPURequest: Equatable, Sendable {
  /// Answer: ``ConfidentialState``.
  case state
  /// Answer: ``GPUEvidence`` to the nonce, with the reports in this order.
  case evidence(uuids: [ByteString], nonce: ByteString)
  /// Lets all GPUs take work, or stops them for good. Answer: the state afterwards.
  case setReady(Bool)
}

/// A request with the library to load.
public struct GPUCall: JSONObjectDecodable, Equatable, Sendable {
  /// The greatest request in bytes.
  public static let limit = 1 << 16

  /// The absolute path of libnvidia-ml.
  public let library: ByteString
  public let request: GPURequest

  /// Asks.
  public init(library: ByteString, request: GPURequest) { (self.library, self.request) = (library, request) }

  private enum Action: String, JSONEnumeration { case state, evidence, ready, stop }

  /// Reads what `json` gives.
  public init(members: inout JSONMembers) throws(JSONError) {
    library = try members.required("library")
    guard library.bytes.first == UInt8(ascii: "/"), !library.bytes.contains(0) else {
      throw JSONError.value(expected: "an absolute path", found: library).under("library")
    }
    switch try members.required("action", as: Action.self) {
    case .state: request = .state
    case .evidence:
      let nonce = try members.required("nonce", as: Base64Bytes.self).bytes
      guard nonce.count == 32 else {
        throw JSONError(.value(expected: "32 bytes", found: "\(nonce.count)")).under("nonce")
      }
      request = .evidence(uuids: try members.required("uuids"), nonce: nonce)
    case .ready: request = .setReady(true)
    case .stop: request = .setReady(false)
    }
  }

  /// The request as `ward-gpu` reads it.
  public var json: JSONValue {
    var object: JSONObject = ["library": .string(library)]
    switch request {
    case .state: object["action"] = "state"
    case .evidence(let uuids, let nonce):
      object["action"] = "evidence"
      object["uuids"] = .array(uuids.map { .string($0) })
      object["nonce"] = .string(Base64.encode(nonce.bytes))
    case .setReady(let ready): object["action"] = ready ? "ready" : "stop"
    }
    return .object(object)
  }
}
