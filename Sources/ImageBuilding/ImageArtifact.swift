public import Bytes
internal import Digest
public import Linux
internal import StrictJSON

/// A verified image as an artifact in an OCI image layout (image-spec, image-layout.md and manifest.md, "Guidelines for
/// Artifact Usage"): every program that copies layouts and registries moves it.
///
/// The configuration says what identifies the image; the first layer is the image file as it is. Where the root hash was
/// signed, a second one is the signature.
public enum ImageArtifact {
  private static let type: ByteString = "application/vnd.ward.image.v1"
  private static let configType: ByteString = "application/vnd.ward.image.config.v1+json"
  private static let layerType: ByteString = "application/vnd.ward.image.erofs.v1"
  /// That of a detached signature by itself (RFC 8551, section 3.2.1).
  private static let signatureType: ByteString = "application/pkcs7-signature"
  private static let manifestType: ByteString = "application/vnd.oci.image.manifest.v1+json"
  private static let tagKey: ByteString = "org.opencontainers.image.ref.name"

  /// The signature of an image's root hash.
  public struct Signature: Sendable {
    /// What the file beside the image is called.
    public let file: ByteString
    public let bytes: ByteString

    /// A signature that is to be moved with its image.
    public init(file: ByteString, bytes: ByteString) { (self.file, self.bytes) = (file, bytes) }
  }

  /// Adds an image to a layout, which is made where it is missing, in the place of one of the same tag.
  public static func write(
    _ image: borrowing FileDescriptor, named file: ByteString, config: [UInt8], signature: Signature? = nil,
    to layout: ByteString, tag: ByteString
  ) throws(ImageBuildError) {
    let blobs = try system { () throws(SystemError) in
      try FileDescriptor.makeDirectories(layout.appending(path: "blobs/sha256"), mode: 0o755)
    }
    let layer = try copy(image, into: blobs)
    var layers: [JSONValue] = [
      describe(layerType, layer.digest, JSONValue(layer.size), named: file)
    ]
    if let signature {
      layers.append(try store(signature.bytes.bytes, signatureType, named: signature.file, in: blobs))
    }
    let manifest = CanonicalJSON.encode([
      "schemaVersion": 2, "mediaType": .string(manifestType), "artifactType": .string(type),
      "config": try store(config, configType, in: blobs),
      "layers": .array(layers),
    ])
    var entry = try object(try store(manifest, manifestType, in: blobs))
    entry["artifactType"] = .string(type)
    entry["annotations"] = .object([tagKey: .string(tag)])
    let directory = try system { () throws(SystemError) in try FileDescriptor.open(layout, [.readOnly, .directory]) }
    let index = try self.index(of: layout, without: tag) + [.object(entry)]
    let text = CanonicalJSON.encode(["schemaVersion": 2, "manifests": .array(index)])
    try system { () throws(SystemError) in
      try directory.replace("oci-layout", with: Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8), mode: 0o644)
      try directory.replace("index.json", with: text, mode: 0o644)
    }
  }

  /// Copies the image of an artifact to a file, after every digest on the way was checked; whether the image is what
  /// the configuration says is for the caller to check.
  ///
  /// - Parameter name: below the directory; replaced where it is there.
  /// - Returns: the configuration, and the signature if the artifact has one; that it is a good one is not checked.
  public static func read(
    _ layout: ByteString, tag: ByteString, to directory: borrowing FileDescriptor, as name: ByteString
  ) throws(ImageBuildError) -> (config: [UInt8], signature: ByteString?) {
    let files = ImageFiles.directory(layout)
    let source = layout + ":" + tag
    guard let index = try files.file("index.json") else { throw .image(name: layout, reason: "there is no index.json") }
    let digest = try ImageManifest.entry(of: index, named: tag, source)
    let manifest = try files.blob(digest, of: source).object(digest: digest)
    guard manifest["artifactType"] == .string(type) else {
      throw .image(name: source, reason: "expected an artifact of the type \(type)")
    }
    let (config, layers) = try ImageManifest.artifact(manifest, layers: [layerType, signatureType], source)
    let layer = layers[0]
    let blob = try files.blob(layer, of: source)
    var hash = Hash(.sha256)
    let file = SharedFile(
      try system { () throws(SystemError) in
        try directory.open(name, [.writeOnly, .create, .truncate, .noFollow], resolve: .beneath, mode: 0o644)
      })
    let writer = BlockWriter(file, from: 0)
    try blob.forEachPiece { (piece) throws(ImageBuildError) in
      hash.update(piece)
      try writer.append(piece)
    }
    try writer.flush()
    try Blob.check(hash.finalize(), layer, of: blob.name)
    try system { () throws(SystemError) in
      try file.descriptor.setPermissions(0o644)
      try file.descriptor.synchronize()
    }
    let signature = try layers.dropFirst().first.map { (digest) throws(ImageBuildError) in
      ByteString(try files.blob(digest, of: source).bytes(digest: digest))
    }
    return (try files.blob(config, of: source).bytes(digest: config), signature)
  }

  private static func copy(
    _ image: borrowing FileDescriptor, into blobs: borrowing FileDescriptor
  ) throws(ImageBuildError) -> (digest: ByteString, size: UInt64) {
    let name = ByteString(".copy-\(CurrentProcess.pid)")
    do throws(SystemError) {
      let copy = try blobs.open(name, [.writeOnly, .create, .truncate, .noFollow], resolve: .beneath, mode: 0o644)
      let size = try image.status().size
      var (hash, done) = (Hash(.sha256), UInt64(0))
      while done < size {
        let piece = try image.read(exactly: Int(min(1 << 22, size - done)), at: Int64(done))
        hash.update(piece)
        try copy.writeAll(piece)
        done += UInt64(piece.count)
      }
      try copy.setPermissions(0o644)
      try copy.synchronize()
      let hex = ByteString(Hex.encode(hash.finalize().bytes))
      try blobs.rename(name, to: hex)
      return ("sha256:" + hex, size)
    } catch {
      throw .system(error)
    }
  }

  /// Writes a small blob.
  ///
  /// - Returns: its descriptor.
  private static func store(
    _ bytes: [UInt8], _ type: ByteString, named file: ByteString? = nil, in blobs: borrowing FileDescriptor
  ) throws(ImageBuildError) -> JSONValue {
    let hex = ByteString(Hex.encode(HashAlgorithm.sha256.digest(of: bytes).bytes))
    try system { () throws(SystemError) in try blobs.replace(hex, with: bytes, mode: 0o644) }
    return describe(type, "sha256:" + hex, JSONValue(bytes.count), named: file)
  }

  /// A descriptor, with the name of the file that it is for.
  private static func describe(
    _ type: ByteString, _ digest: ByteString, _ size: JSONValue, named file: ByteString?
  ) -> JSONValue {
    var descriptor: JSONObject = ["mediaType": .string(type), "digest": .string(digest), "size": size]
    if let file { descriptor["annotations"] = ["org.opencontainers.image.title": .string(file)] }
    return .object(descriptor)
  }

  /// What an index has but for one tag.
  private static func index(of layout: ByteString, without tag: ByteString) throws(ImageBuildError) -> [JSONValue] {
    guard let index = try ImageFiles.directory(layout).file("index.json") else { return [] }
    let contents = try index.object()
    guard case .array(let manifests)? = contents["manifests"] else {
      throw .image(name: index.name, reason: "expected a list of manifests")
    }
    var others: [JSONValue] = []
    for manifest in manifests {
      let annotations = try object(manifest)["annotations"]
      if let annotations, try object(annotations)[tagKey] == .string(tag) { continue }
      others.append(manifest)
    }
    return others
  }

  private static func object(_ value: JSONValue) throws(ImageBuildError) -> JSONObject {
    do { return try JSONObject(json: value) } catch { throw .json(error) }
  }
}
