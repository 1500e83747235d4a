public import Bytes
public import StrictJSON

/// A RAM disk of the pod's sandbox in one of its containers: what several of them see.
public struct SharedScratch: Equatable, Sendable {
  /// As the sandbox calls it.
  public var name: ByteString
  public var isReadOnly: Bool

  /// States a use.
  public init(name: ByteString, isReadOnly: Bool = false) { (self.name, self.isReadOnly) = (name, isReadOnly) }

  /// Where a RAM disk of this name lies in the sandbox, which has no other files.
  public static func place(of name: ByteString) -> ByteString { directory + name }

  private static let directory: ByteString = "/shared/"

  /// The name of the RAM disk at a place of the sandbox; nil for another place.
  package static func name(at place: ByteString) -> ByteString? {
    guard place.hasPrefix(directory) else { return nil }
    let name = ByteString(place.bytes.dropFirst(directory.count))
    return HoleKind.dnsLabel.admits(name.bytes[...]) && name.bytes.allSatisfy(HoleKind.dnsLabel.contains) ? name : nil
  }
}

extension SharedScratch: BundlePart {
  /// Reads `{"scratch":"cache"}`, perhaps with `readOnly`.
  public init(json: JSONValue) throws(JSONError) {
    self = try json.decodeObject { (members) throws(JSONError) in
      SharedScratch(
        name: try members.required("scratch"), isReadOnly: try members.member("readOnly", usually: false))
    }
  }

  /// The form in the bundle.
  public var json: JSONValue {
    var object: JSONObject = ["scratch": .string(name)]
    object.add("readOnly", isReadOnly, unless: false)
    return .object(object)
  }
}
