public import Bytes
internal import Digest
internal import Policy
internal import RuntimeSpec
public import StrictJSON

/// What a bundle holds, for whoever reviews it and has nothing else.
public struct PolicyInspection: CustomStringConvertible {
  let policy: Policy
  private let bundle: [UInt8]
  private let signers: [ByteString]?

  /// Reads a bundle as a node does.
  ///
  /// - Parameter signers: the names in its envelope, which nobody has checked; nil where there is none.
  public init(bundle: [UInt8], signers: [ByteString]? = nil) throws(JSONError) {
    (policy, self.bundle, self.signers) = (try Policy.decode(bundle: bundle), bundle, signers)
  }

  private var digest: String { Hex.encode(HashAlgorithm.sha256.digest(of: bundle).bytes) }

  /// Lines of at most 80 columns.
  public var description: String {
    var text = ReviewText()
    text.title("\(policy.name)@\(policy.version)")
    text.field("mode", policy.mode.rawValue)
    text.field("sha256", digest)
    text.field("size", "\(bundle.count) bytes")
    text.field(
      "signed by",
      signers.map { $0.map(\.description).joined(separator: ", ") + " by their own word: policy verify checks it" }
        ?? "no envelope was given")
    if let platform = policy.platform { text.field("platform", platform.name.description) }
    for (name, image) in policy.images.sorted(by: { $0.key < $1.key }) {
      text.title("image \(name)")
      text.field("root hash", Hex.encode(image.geometry.rootHash.bytes))
      text.field("integrity", image.integrity == .memory ? "memory" : "dm-verity")
      text.field("encryption", image.encryption?.description ?? "none")
      text.field("fec", image.geometry.fec?.description ?? "none")
      text.field("size", "\(image.geometry.dataBlocks * VerityGeometry.blockSize) bytes")
      text.field(
        "reference", image.references.isEmpty ? "none" : image.references.map(\.description).joined(separator: " "))
    }
    for filter in filters {
      text.title("seccomp \(filter.name)")
      for (machine, review) in filter.reviews {
        text.field(machine, review?.description ?? "a program of another form")
      }
    }
    if let sandbox = policy.sandbox {
      text.title("sandbox")
      text.add(sandbox)
    }
    for (name, entry) in policy.containers.sorted(by: { $0.key < $1.key }) {
      text.title("container \(name)")
      text.add(entry)
    }
    text.add(policy.platform, sandbox: policy.sandbox != nil)
    let openings = openings
    text.title("left open by the entries\(openings.isEmpty ? ": nothing" : "")")
    for opening in openings { text.field("\(opening.place)", opening.rule) }
    return text.text
  }

  /// For programs: the bundle, and what is found in it.
  public var json: JSONValue {
    var object: JSONObject = [
      "name": .string(policy.name), "version": JSONValue(policy.version),
      "mode": .string(ByteString(policy.mode.rawValue)), "digest": .string(ByteString("sha256:" + digest)),
      "size": JSONValue(bundle.count),
      "open": .array(
        openings.map { ["pointer": .string($0.place.text), "rule": .string(ByteString($0.rule))] }),
      "bundle": policy.json,
    ]
    object["signers"] = signers.map { .array($0.map { .string($0) }) }
    var filters = JSONObject()
    for filter in self.filters {
      var machines = JSONObject()
      for (machine, review) in filter.reviews { machines[ByteString(machine)] = review?.json ?? .null }
      filters[filter.name] = .object(machines)
    }
    object["seccomp"] = .object(filters)
    return .object(object)
  }

  private var filters: [(name: ByteString, reviews: [(machine: String, review: SeccompReview?)])] {
    policy.seccomp.sorted { $0.key < $1.key }.map { name, programs in
      let machines: [(String, ByteString?, SeccompArchitecture)] = [
        ("x86_64", programs.x86_64, .x86_64), ("aarch64", programs.aarch64, .aarch64),
      ]
      return (
        name,
        machines.compactMap { machine, program, architecture in
          program.map { (machine, SeccompReview($0, for: architecture)) }
        }
      )
    }
  }
}

extension SeccompReview: CustomStringConvertible {
  /// One line.
  var description: String {
    let some = conditional.isEmpty ? "" : "; with some arguments alone \(conditional.joined(separator: " "))"
    return "\(admitted.count) calls\(some); dangerous among them: "
      + (dangerous.isEmpty ? "none" : dangerous.joined(separator: " "))
  }

  /// For programs.
  fileprivate var json: JSONValue {
    let list = { (names: [String]) in JSONValue.array(names.map { .string(ByteString($0)) }) }
    return ["admitted": list(admitted), "conditional": list(conditional), "dangerous": list(dangerous)]
  }
}
