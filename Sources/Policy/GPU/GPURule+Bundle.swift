import Bytes
public import StrictJSON

extension GPURule: BundlePart {
  /// Reads `{"count":1}` and what differs from the usual: an NVIDIA GPU in confidential mode with evidence, for all uses.
  public init(json: JSONValue) throws(JSONError) {
    self = try json.decodeObject { (members) throws(JSONError) in
      var rule = GPURule(
        count: try members.required("count"),
        confidentialCompute: try members.optional("confidentialCompute") ?? .required)
      rule.vendor = try members.optional("vendor") ?? .nvidia
      rule.mig = try members.member("mig", usually: false)
      rule.uuids = try members.collection("uuids")
      rule.evidence = try members.optional("evidence") ?? rule.evidence
      rule.capabilities = try members.optional("capabilities") ?? Capability.allCases
      rule.onViolation = try members.optional("onViolation") ?? .deny
      let image: ByteString? = try members.optional("driverImage")
      let libraries: [Library]? = try members.optional("driverLibraries")
      switch (image, libraries) {
      case (nil, nil): break
      case (let image?, nil): rule.driver = .image(image)
      case (nil, let libraries?): rule.driver = .libraries(libraries)
      case (.some, .some): throw JSONError(.refused("expected driverImage or driverLibraries, found both"))
      }
      return rule
    }
  }

  /// The form in the bundle.
  public var json: JSONValue {
    var object: JSONObject = ["count": JSONValue(count)]
    object.add("confidentialCompute", confidentialCompute, unless: .required)
    object.add("vendor", vendor, unless: .nvidia)
    object.add("mig", mig, unless: false)
    object.add("uuids", ifAny: uuids)
    object.add("evidence", evidence, unless: confidentialCompute.usualEvidence)
    if capabilities != Capability.allCases {
      object["capabilities"] = .array(capabilities.map { .string(ByteString($0.rawValue)) })
    }
    object.add("onViolation", onViolation, unless: .deny)
    switch driver {
    case .none: break
    case .image(let name): object["driverImage"] = .string(name)
    case .libraries(let libraries): object.add("driverLibraries", libraries)
    }
    return .object(object)
  }
}

extension JSONObject {
  fileprivate mutating func add<Word: JSONEnumeration & Equatable>(
    _ key: ByteString, _ word: Word, unless usual: Word
  ) {
    if word != usual { self[key] = .string(ByteString(word.rawValue)) }
  }
}

extension GPURule.Library: BundlePart {
  /// Reads `{"links":["libcuda.so.1"],"path":"/usr/lib/libcuda.so.550.54","sha256":"..."}`.
  public init(json: JSONValue) throws(JSONError) {
    self = try json.decodeObject { (members) throws(JSONError) in
      let text: ByteString = try members.required("sha256")
      guard let digest = Hex.decode(text), digest.count == 32 else {
        throw JSONError.value(expected: "64 hexadecimal digits", found: text).under("sha256")
      }
      return GPURule.Library(
        path: try members.required("path"), digest: ByteString(digest), links: try members.collection("links"))
    }
  }

  /// The form in the bundle.
  public var json: JSONValue {
    var object: JSONObject = ["path": .string(path), "sha256": .string(ByteString(Hex.encode(digest.bytes)))]
    object.add("links", ifAny: links)
    return .object(object)
  }
}
