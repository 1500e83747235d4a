internal import Bytes
internal import Digest
internal import Linux
internal import PolicyAuthoring
internal import StrictJSON

/// An image in an OCI image layout (image-spec, image-layout.md), by its tag.
struct OCIImage {
  let layout: ByteString
  let tag: ByteString

  /// Unpacks all layers and returns the root file system's path.
  func unpack(to bundle: ByteString) throws -> ByteString {
    let rootless: [ByteString] = CurrentProcess.effectiveUser == 0 ? [] : ["--rootless"]
    try Tool("umoci", package: "umoci").run(["unpack"] + rootless + ["--image", layout + ":" + tag, bundle])
    return bundle.appending(path: "rootfs")
  }

  /// What the image says of its process.
  func config() throws -> ImageLock.Config {
    let index: JSONObject = try read("index.json")
    let manifests = try Self.array(index, "manifests").filter { manifest in
      guard case .object(let manifest) = manifest, case .object(let annotations) = manifest["annotations"] else {
        return false
      }
      return annotations["org.opencontainers.image.ref.name"] == .string(tag)
    }
    guard manifests.count == 1 else {
      throw ImageFailure(
        description: "\(layout)/index.json: expected one manifest tagged \(tag), found \(manifests.count)")
    }
    let manifest: JSONObject = try blob(manifests[0])
    guard let descriptor = manifest["config"] else {
      throw ImageFailure(description: "\(layout):\(tag): the manifest names no config")
    }
    let image: JSONObject = try blob(descriptor)
    guard let value = image["config"] else { return ImageLock.Config() }
    let process = try JSONObject(json: value)
    return ImageLock.Config(
      entrypoint: try Self.strings(process, "Entrypoint"), cmd: try Self.strings(process, "Cmd"),
      env: try Self.strings(process, "Env"), user: try Self.string(process, "User"),
      cwd: try Self.string(process, "WorkingDir"), stopSignal: try Self.string(process, "StopSignal"))
  }

  private func read(_ name: ByteString) throws -> JSONObject {
    let path = layout.appending(path: name)
    return try StrictJSON.decode(from: try FileDescriptor.contents(of: path, limit: 4 << 20), named: path.description)
  }

  /// Reads a JSON blob by its descriptor, and checks its digest.
  private func blob(_ descriptor: JSONValue) throws -> JSONObject {
    let digest = try ByteString(json: try JSONObject(json: descriptor)["digest"] ?? .null)
    guard let (kind, hex) = digest.splitFirst(UInt8(ascii: ":")), kind == "sha256",
      let expected = Hex.decode(hex), expected.count == 32
    else { throw ImageFailure(description: "\(layout): expected a sha256 digest, found \(digest)") }
    let path = layout.appending(path: "blobs/sha256/" + hex)
    let contents = try FileDescriptor.contents(of: path, limit: 4 << 20)
    guard HashAlgorithm.sha256.digest(of: contents).bytes == expected else {
      throw ImageFailure(description: "\(path): the contents do not have this digest")
    }
    return try StrictJSON.decode(from: contents, named: path.description)
  }

  private static func array(_ object: JSONObject, _ key: ByteString) throws(JSONError) -> [JSONValue] {
    switch object[key] {
    case nil, .null: return []
    case .array(let elements): return elements
    case let other?: throw JSONError.type(expected: "array", found: other).under(key)
    }
  }

  private static func strings(_ object: JSONObject, _ key: ByteString) throws(JSONError) -> [ByteString] {
    try array(object, key).map { (element) throws(JSONError) in try ByteString(json: element) }
  }

  /// Nil also for an empty string, which stands for no statement (image-spec, config.md).
  private static func string(_ object: JSONObject, _ key: ByteString) throws(JSONError) -> ByteString? {
    guard let value = object[key] else { return nil }
    let text = try ByteString(json: value)
    return text.isEmpty ? nil : text
  }
}
