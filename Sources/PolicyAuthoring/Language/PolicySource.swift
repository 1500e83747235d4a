public import Bytes
internal import Digest
public import Policy
internal import StrictJSON

/// A policy as its author wrote it, read and not yet joined with its images.
public struct PolicySource {
  package let document: YAMLDocument
  let file: PolicyFile
  let platform: Platform?

  /// The greatest size of a policy file in bytes.
  public static let sizeLimit = YAMLDocument.sizeLimit

  /// Reads a policy file. `name` stands in messages.
  public init(_ bytes: [UInt8], named name: String) throws(SourceMessage) {
    document = try YAMLDocument(bytes, named: name)
    file = try document.decode()
    let hasPods = file.sandbox != nil
    do {
      platform = try file.platform.map { (name) throws(JSONError) in try Platform.named(name, hasPods: hasPods) }
    } catch { throw document.message(error.under("platform")) }
  }

  /// The path of the image lock file as it stands in the policy, or nil where the policy names none.
  public var imageLock: ByteString? { file.imageLock }

  /// Makes the bundle.
  ///
  /// - Parameters:
  ///   - images: the contents of the image lock file; nil where the policy names no images.
  ///   - integrity: goes before what the policy says; the kernel's dm-verity where neither says anything.
  public func compile(images: ImageLock?, integrity: Integrity? = nil) throws(SourceMessage) -> CompiledPolicy {
    let integrity = integrity ?? file.integrity?.integrity ?? .dmVerity
    return try compile { (name) throws(JSONError) in
      guard let images else {
        throw JSONError(.refused("expected an image lock file: name it under \"images\" or by --images"))
      }
      guard let entry = images.images[name] else {
        throw .unknownName(name, "an image of the lock file", among: images.images.keys)
      }
      return Image(
        name: name, geometry: entry.geometry, integrity: integrity, encryption: entry.encryption,
        references: entry.references)
    }
  }

  /// Says what there is to say about the policy without its images.
  public func check() throws(SourceMessage) -> [SourceMessage] { try compileWithoutImages().messages }

  /// Makes a bundle that is not for nodes: its images are known by their names alone. Two of one name are the same, two
  /// of other names are not, and none may be called by a reference.
  public func compileWithoutImages() throws(SourceMessage) -> CompiledPolicy {
    try compile { (name) throws(JSONError) in
      let geometry = VerityGeometry(
        rootHash: HashAlgorithm.sha256.digest(of: name.bytes), salt: "", dataBlocks: 1,
        hashOffset: VerityGeometry.blockSize)
      guard let geometry else { throw JSONError(.refused("expected a geometry of one block to be one")) }
      return Image(name: name, geometry: geometry, integrity: file.integrity?.integrity ?? .dmVerity)
    }
  }

  private func compile(
    image: (ByteString) throws(JSONError) -> Image
  ) throws(SourceMessage) -> CompiledPolicy {
    let policy: Policy
    do { policy = try self.policy(image) } catch { throw document.message(error) }
    let bundle = policy.canonicalBundle()
    // Reading it back says whether the parts fit together: the check of the node, with the author's places.
    do { _ = try Policy.decode(bundle: bundle) } catch { throw document.message(inSource(error)) }
    return CompiledPolicy(policy: policy, bundle: bundle, messages: lint(policy))
  }

  private func policy(_ image: (ByteString) throws(JSONError) -> Image) throws(JSONError) -> Policy {
    var policy = Policy(name: file.name, version: file.version, mode: file.mode, platform: platform?.profile)
    var mistakes = Mistakes()
    for (name, source) in file.containers.sorted(by: { $0.key < $1.key }) {
      for (imageName, pointer) in source.images {
        mistakes.collect { () throws(JSONError) in
          try at(["containers", name] + pointer.tokens) { () throws(JSONError) in
            policy.images[imageName] = try image(imageName)
          }
        }
      }
      mistakes.collect { () throws(JSONError) in
        policy.containers[name] = try at("containers", name) { () throws(JSONError) in try entry(of: source) }
      }
    }
    try mistakes.finish()
    try checkMemory(policy.images.values)
    if let sandbox = file.sandbox {
      guard var entry = platform?.sandbox else {
        throw JSONError(.refused("expected a platform with pods, found one without")).under("sandbox")
      }
      sandbox.apply(to: &entry)
      policy.sandbox = entry
    }
    let entries = policy.containers.values + [policy.sandbox].compactMap(\.self)
    let filters = file.containers.values.flatMap(\.filters).map(\.filter)
    for name in entries.flatMap({ [$0.process.seccomp] + $0.exec.values.map(\.seccomp) }) {
      guard let name, policy.seccomp[name] == nil else { continue }
      if let filter = filters.first(where: { $0.name == name }) {
        policy.seccomp[name] = try filter.programs()
      } else {
        policy.seccomp[name] = try SeccompProfile.named(name)?.programs()
      }
    }
    return policy
  }

  private func entry(of source: ContainerSource) throws(JSONError) -> ContainerEntry {
    let entry = try source.entry()
    guard entry.shared.isEmpty || platform.map({ entry.namespaces(on: $0.profile.container).knowsSandbox }) ?? false
    else { throw JSONError(.refused("expected a platform whose containers have a sandbox")).under("volumes") }
    return entry
  }

  /// Here and not on the node: the bundle pins how large each image is. Whether a node has the memory, it says itself.
  private func checkMemory(_ images: some Sequence<Image>) throws(JSONError) {
    let bytes = images.reduce(0) {
      $0 + ($1.integrity == .memory ? $1.geometry.dataBlocks * VerityGeometry.blockSize : 0)
    }
    guard bytes <= file.memoryLimit else {
      throw JSONError(
        .refused(
          "expected images of at most \(file.memoryLimit) bytes in memory, found \(bytes): state a memoryLimit, or use "
            + "dm-verity")
      ).under("integrity")
    }
  }

  /// An error in the bundle as one in the source: nearly all parts have the same places in both.
  private func inSource(_ error: JSONError) -> JSONError {
    switch error.pointer.tokens.first {
    case "name", "version": JSONError(error.problem, at: JSONPointer(tokens: ["metadata"] + error.pointer.tokens))
    // A RAM disk of the sandbox is one kind of volume.
    case "containers" where error.pointer.tokens.dropFirst(2).first == "shared":
      JSONError(
        error.problem,
        at: JSONPointer(tokens: error.pointer.tokens.prefix(2) + ["volumes"] + error.pointer.tokens.dropFirst(3)))
    case _: JSONError(error.problem, at: error.pointer)
    }
  }
}

/// A bundle, and what there is to say about the policy in it.
public struct CompiledPolicy {
  public let policy: Policy
  /// The file to measure.
  public let bundle: [UInt8]
  /// Warnings and hints, in the order of the text.
  public let messages: [SourceMessage]

  /// SHA-256 of the bundle: what is measured.
  public var digest: ByteString { HashAlgorithm.sha256.digest(of: bundle) }
}
