public import Bytes
public import StrictJSON

/// Where the parts of a measured bundle lie. What a command needs is read when it is needed: a command costs as much as
/// its own entries, not as much as the whole policy.
///
/// ``Policy/decode(bundle:)`` read all of the bundle before it was measured; what is read here is read as strictly.
public struct BundleIndex: Sendable {
  typealias Place = Range<Int>

  let bundle: [UInt8]
  private let header: Policy.Header
  /// In ascending order.
  let containers: [JSONCursor.Member]
  /// The other parts by name, those of the platform with `platform/` before.
  private let parts: [ByteString: Place]

  /// Finds the parts of a bundle.
  public init(bundle: [UInt8]) throws(JSONError) {
    var rest = JSONObject()
    var containers: [JSONCursor.Member] = []
    var parts: [ByteString: Place] = [:]
    var sizes: [Int]?
    var cursor = try JSONCursor(bundle, limits: Policy.limits)
    try cursor.members { (cursor, key) throws(JSONError) in
      switch key {
      case Policy.containerSizes: sizes = try [Int](json: try cursor.value())
      case "containers": containers = try cursor.namedMembers(sizes: sizes)
      case "platform":
        try cursor.members { (cursor, key) throws(JSONError) in parts["platform/" + key] = try cursor.pass() }
      case "images", "sandbox", "seccomp": parts[key] = try cursor.pass()
      case _: rest[key] = try cursor.value()
      }
    }
    try cursor.end()
    header = try JSONValue.object(rest).decodeObject(Policy.Header.init(members:))
    (self.bundle, self.containers, self.parts) = (bundle, containers, parts)
  }

  /// As in ``Policy``.
  public var name: ByteString { header.name }
  /// As in ``Policy``.
  public var version: UInt64 { header.version }
  /// As in ``Policy``.
  public var mode: Policy.Mode { header.mode }

  /// Where an entry is, the sandbox's among them.
  func place(ofEntry name: ByteString) -> Place? {
    name == Policy.sandboxName ? parts[name] : place(ofContainer: name)
  }

  private func place(ofContainer name: ByteString) -> Place? {
    var (low, high) = (0, containers.count)
    while low < high {
      let middle = (low + high) / 2
      if self.name(of: containers[middle]) < name { low = middle + 1 } else { high = middle }
    }
    guard low < containers.count, self.name(of: containers[low]) == name else { return nil }
    return containers[low].value
  }

  func name(of container: JSONCursor.Member) -> ByteString { ByteString(bundle[container.key]) }
}

extension BundleIndex {
  /// The policy with no more than these entries and what they refer to.
  ///
  /// - Parameter isWithShapes: whether the platform's shapes are needed: not for a command that has no configuration.
  func excerpt(_ names: [ByteString], isWithShapes: Bool) throws(JSONError) -> Policy {
    var policy = Policy(name: header.name, version: header.version, mode: header.mode)
    for name in names {
      guard let place = place(ofEntry: name) else { continue }
      let entry: ContainerEntry
      do { entry = try read(place) } catch { throw error.under(name) }
      if name == Policy.sandboxName { policy.sandbox = entry } else { policy.containers[name] = entry }
    }
    if policy.sandbox == nil, policy.containers.values.contains(where: { !$0.shared.isEmpty }) {
      policy.sandbox = try read(Policy.sandboxName)
    }
    policy.platform = try platform(isWithShapes: isWithShapes, isWithSandbox: policy.sandbox != nil)
    let entries = Array(policy.containers.values) + [policy.sandbox].compactMap(\.self)
    let images: [ByteString: ImageRecord] = try read(Set(entries.flatMap(\.imageNames)), of: "images")
    policy.images = try ImageRecord.images(images)
    policy.seccomp = try read(Set(entries.flatMap(\.filterNames)), of: "seccomp")
    try policy.validate { place(ofContainer: $0) != nil }
    return policy
  }

  private func platform(isWithShapes: Bool, isWithSandbox: Bool) throws(JSONError) -> PlatformProfile? {
    guard let name: ByteString = try read("platform/name") else { return nil }
    guard isWithShapes else {
      return PlatformProfile(
        name: name, container: PlatformShape(), sandbox: isWithSandbox ? PlatformShape() : nil)
    }
    guard let container: JSONValue = try read("platform/container") else {
      throw JSONError(.missing).under("container").under("platform")
    }
    do {
      return try PlatformProfile(
        name: name, container: container, sandbox: isWithSandbox ? try read("platform/sandbox") : nil)
    } catch { throw error.under("platform") }
  }

  private func read<Part: JSONDecodable>(_ part: ByteString) throws(JSONError) -> Part? {
    guard let place = parts[part] else { return nil }
    return try read(place)
  }

  /// Reads the members of these names.
  private func read<Part: BundlePart>(
    _ names: Set<ByteString>, of collection: ByteString
  ) throws(JSONError) -> [ByteString: Part] {
    var parts: [ByteString: Part] = [:]
    guard !names.isEmpty, let place = self.parts[collection] else { return parts }
    var cursor = try JSONCursor(bundle, at: place.lowerBound, limits: Policy.limits)
    try cursor.members { (cursor, name) throws(JSONError) in
      if names.contains(name) { parts[name] = try Part(json: try cursor.value()) } else { _ = try cursor.pass() }
    }
    return parts
  }

  private func read<Part: JSONDecodable>(_ place: Place) throws(JSONError) -> Part {
    var cursor = try JSONCursor(bundle, at: place.lowerBound, limits: Policy.limits)
    return try Part(json: try cursor.value())
  }
}

extension ContainerEntry {
  fileprivate var imageNames: [ByteString] {
    switch program {
    case .image(let name): [name] + volumes.values + (gpu?.driver.imageNames ?? [])
    case .pause: []
    }
  }

  fileprivate var filterNames: [ByteString] {
    ([process] + exec.values).compactMap(\.seccomp)
  }
}
