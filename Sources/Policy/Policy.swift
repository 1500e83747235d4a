public import Bytes
public import StrictJSON

/// What a node may do: the bundle, as it was measured.
public struct Policy: Equatable, Sendable {
  /// What becomes of a command.
  public enum Mode: String, JSONEnumeration {
    /// What no entry admits is refused.
    case enforce
    /// All is admitted, and what would have been refused is recorded.
    case audit
    /// All is admitted as it was sent: for test suites of the OCI runtime specification.
    case conformance
  }

  /// The name of the sandbox's entry; no container may have it.
  public static let sandboxName: ByteString = "sandbox"

  public var name: ByteString
  /// From 1 to 2^53-1.
  public var version: UInt64
  public var mode: Mode
  /// Nil in conformance mode alone.
  public var platform: PlatformProfile?
  public var images: [ByteString: Image]
  public var seccomp: [ByteString: SeccompPrograms]
  public var containers: [ByteString: ContainerEntry]
  /// The entry of the pods' sandboxes; nil where there are no pods.
  public var sandbox: ContainerEntry?

  /// Gathers a policy; ``decode(bundle:)`` of its bundle checks it.
  public init(
    name: ByteString, version: UInt64, mode: Mode, platform: PlatformProfile? = nil, images: [ByteString: Image] = [:],
    seccomp: [ByteString: SeccompPrograms] = [:], containers: [ByteString: ContainerEntry] = [:],
    sandbox: ContainerEntry? = nil
  ) {
    (self.name, self.version, self.mode, self.platform) = (name, version, mode, platform)
    (self.images, self.seccomp, self.containers, self.sandbox) = (images, seccomp, containers, sandbox)
  }

  /// The member that tells how long the entries of a large policy are in the bundle, so that a command need not look at
  /// those that are not about it. It sorts before `containers`.
  static let containerSizes: ByteString = "containerSizes"
  /// From how many entries on.
  private static let manyContainers = 16

  /// The most bytes that a bundle may have: some 10,000 entries.
  public static let sizeLimit = 4 << 20
  static let limits = StrictJSON.Limits(bytes: sizeLimit, elements: sizeLimit / 2)

  /// Reads a bundle. It must be in its canonical form (RFC 8785), so that a policy has one digest.
  public static func decode(bundle: [UInt8]) throws(JSONError) -> Policy {
    let policy = try decode(measured: bundle)
    let canonical = policy.canonicalBundle()
    guard canonical == bundle else {
      let same = zip(canonical, bundle).prefix { $0 == $1 }.count
      throw JSONError(.refused("expected the canonical form of the policy, found another one from byte \(same) on"))
    }
    return policy
  }

  /// Reads a bundle of which the digest says that it was in its canonical form when it was measured.
  static func decode(measured bundle: [UInt8]) throws(JSONError) -> Policy {
    let policy = try StrictJSON.decode(Policy.self, from: bundle, named: "policy.json", limits: limits)
    try policy.validate { policy.containers[$0] != nil }
    return policy
  }

  /// The bundle: the bytes whose SHA-256 is measured.
  public func canonicalBundle() -> [UInt8] { CanonicalJSON.encode(json) }
}

extension Policy: BundlePart {
  fileprivate static let apiVersion: ByteString = "ward/v1"
  fileprivate static let kind: ByteString = "PolicyBundle"

  /// What stands in every bundle.
  struct Header {
    let name: ByteString
    let version: UInt64
    let mode: Mode

    init(members: inout JSONMembers) throws(JSONError) {
      for (key, expected) in [("apiVersion", apiVersion), ("kind", kind)] {
        let found: ByteString = try members.required(key)
        guard found == expected else {
          throw JSONError.value(expected: expected.description, found: found).under(ByteString(key))
        }
      }
      name = try members.required("name")
      version = try members.required("version")
      mode = try members.required("mode")
    }
  }

  /// Reads the policy.
  public init(json: JSONValue) throws(JSONError) {
    self = try json.decodeObject { (members) throws(JSONError) in
      let header = try Header(members: &members)
      // Right where the whole bundle is the canonical one.
      _ = try members.optional(Policy.containerSizes.description, as: [Int].self)
      let images: [ByteString: ImageRecord] = try members.collection("images")
      return Policy(
        name: header.name, version: header.version, mode: header.mode, platform: try members.optional("platform"),
        images: try ImageRecord.images(images), seccomp: try members.collection("seccomp"),
        containers: try members.collection("containers"), sandbox: try members.optional("sandbox"))
    }
  }

  /// The form in the bundle.
  public var json: JSONValue {
    var object: JSONObject = [
      "apiVersion": .string(Policy.apiVersion), "kind": .string(Policy.kind), "name": .string(name),
      "version": JSONValue(version), "mode": .string(ByteString(mode.rawValue)),
    ]
    object.add("platform", ifSet: platform)
    object.add("images", ifAny: images.mapValues(ImageRecord.init(image:)))
    object.add("seccomp", ifAny: seccomp)
    object.add("containers", ifAny: containers)
    if containers.count >= Policy.manyContainers {
      let names = containers.keys.sorted()
      object[Policy.containerSizes] = .array(
        names.compactMap { containers[$0] }.map { JSONValue(CanonicalJSON.encode($0.json).count) })
    }
    object.add("sandbox", ifSet: sandbox)
    return .object(object)
  }
}
