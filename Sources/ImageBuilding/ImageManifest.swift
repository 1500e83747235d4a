internal import Bytes
internal import StrictJSON

/// From an image's name to its configuration and layers: OCI's index and manifest (image-spec, image-index.md,
/// manifest.md), and the `manifest.json` of Docker's archives.
struct ImageManifest {
  let process: ContainerImage.Process
  let layers: [ContainerImage.Layer]

  /// An index in an index in an index is nobody's.
  private static let maximumDepth = 3

  static func find(
    _ source: ImageSource, _ files: ImageFiles, _ architecture: ByteString
  ) throws(ImageBuildError) -> ImageManifest {
    let name = source.name
    switch source {
    case .contentStore(_, let digest):
      return try follow(digest, name, files, architecture)
    case .layout(_, let tag):
      guard let index = try files.file("index.json") else { throw .image(name: name, reason: "there is no index.json") }
      return try follow(try entry(of: index, named: tag, name), name, files, architecture)
    case .archive(_, let reference):
      if let index = try files.file("index.json") {
        return try follow(try entry(of: index, named: reference, name), name, files, architecture)
      }
      guard let list = try files.file("manifest.json") else {
        throw .image(name: name, reason: "there is neither index.json nor manifest.json: no archive of images")
      }
      return try docker(list, named: reference, name, files)
    }
  }

  /// The digest that an index has under a name; with no name, of its only image.
  static func entry(
    of index: Blob, named wanted: ByteString?, _ name: ByteString
  ) throws(ImageBuildError) -> ByteString {
    let object = try index.object()
    return try json { () throws(JSONError) in
      var digests: [ByteString] = []
      for manifest in try object.array("manifests") {
        let annotations = try manifest.object("annotations")
        let names = ["org.opencontainers.image.ref.name", "io.containerd.image.name"] as [ByteString]
        guard let wanted else {
          digests.append(try manifest.digest())
          continue
        }
        if names.contains(where: { annotations?[$0] == .string(wanted) }) { digests.append(try manifest.digest()) }
      }
      return digests
    }.only(in: name, named: wanted)
  }

  private static func follow(
    _ digest: ByteString, _ name: ByteString, _ files: ImageFiles, _ architecture: ByteString, depth: Int = 0
  ) throws(ImageBuildError) -> ImageManifest {
    guard depth < maximumDepth else { throw .image(name: name, reason: "indexes in indexes") }
    let object = try files.blob(digest, of: name).object(digest: digest)
    guard object["manifests"] != nil else { return try ImageManifest(object, name, files) }
    let matching = try json { () throws(JSONError) in
      var digests: [ByteString] = []
      for manifest in try object.array("manifests") {
        if let platform = try manifest.object("platform"),
          platform["os"] != .string("linux") || platform["architecture"] != .string(architecture)
        {
          continue
        }
        digests.append(try manifest.digest())
      }
      return digests
    }
    guard matching.count == 1 else {
      throw .image(name: name, reason: "expected one image for linux/\(architecture), found \(matching.count)")
    }
    return try follow(matching[0], name, files, architecture, depth: depth + 1)
  }

  /// The digests of an artifact's configuration, and of its layers by their media types.
  ///
  /// - Parameter types: of the layers that it may have, in their order; all but the first may be missing.
  static func artifact(
    _ manifest: JSONObject, layers types: [ByteString], _ name: ByteString
  ) throws(ImageBuildError) -> (config: ByteString, layers: [ByteString]) {
    let found = try json { () throws(JSONError) in
      try manifest.array("layers").map { (layer) throws(JSONError) in try layer.text("mediaType") ?? "" }
    }
    guard !found.isEmpty, found == Array(types.prefix(found.count)) else {
      let list = found.map(\.description).joined(separator: ", ")
      throw .image(name: name, reason: "expected layers of the types \(types), found \(list.isEmpty ? "none" : list)")
    }
    return try parts(of: manifest)
  }

  private static func parts(
    of manifest: JSONObject
  ) throws(ImageBuildError) -> (config: ByteString, layers: [ByteString]) {
    try json { () throws(JSONError) -> (ByteString, [ByteString]) in
      guard let config = try manifest.object("config") else {
        throw JSONError.type(expected: "object", found: .null).under("config")
      }
      return (
        try config.digest(), try manifest.array("layers").map { (layer) throws(JSONError) in try layer.digest() }
      )
    }
  }

  private init(_ manifest: JSONObject, _ name: ByteString, _ files: ImageFiles) throws(ImageBuildError) {
    let (config, layers) = try Self.parts(of: manifest)
    let blobs = try layers.map { (digest) throws(ImageBuildError) in
      (try files.blob(digest, of: name), Optional(digest))
    }
    try self.init(try files.blob(config, of: name).object(digest: config), blobs, name)
  }

  /// Docker's list of images: digests stand only in the names of files, and those of the layers in the configuration.
  private static func docker(
    _ list: Blob, named wanted: ByteString?, _ name: ByteString, _ files: ImageFiles
  ) throws(ImageBuildError) -> ImageManifest {
    let bytes = try list.bytes()
    let images = try json { () throws(JSONError) -> [JSONObject] in
      let all: [JSONObject] = try StrictJSON.decode(from: bytes, named: list.name.description)
      guard let wanted else { return all }
      var named: [JSONObject] = []
      for image in all where try image.strings("RepoTags").contains(wanted) { named.append(image) }
      return named
    }
    guard images.count == 1 else {
      throw .image(
        name: name, reason: "expected one image\(wanted.map { " named \($0)" } ?? ""), found \(images.count)")
    }
    let (config, layers) = try json { () throws(JSONError) in
      (try ByteString(json: images[0]["Config"] ?? .null), try images[0].strings("Layers"))
    }
    func blob(_ path: ByteString) throws(ImageBuildError) -> Blob {
      guard let blob = try files.file(path) else { throw .image(name: name, reason: "\(path) is missing") }
      return blob
    }
    let blobs = try layers.map { (path) throws(ImageBuildError) in (try blob(path), ByteString?.none) }
    return try ImageManifest(try blob(config).object(), blobs, name)
  }

  private init(
    _ config: JSONObject, _ blobs: [(Blob, ByteString?)], _ name: ByteString
  ) throws(ImageBuildError) {
    let (diffIDs, process) = try json { () throws(JSONError) in
      (try config.object("rootfs")?.strings("diff_ids") ?? [], try ContainerImage.Process(config.object("config")))
    }
    guard diffIDs.count == blobs.count else {
      throw .image(name: name, reason: "\(blobs.count) layers, and the configuration has digests of \(diffIDs.count)")
    }
    self.process = process
    layers = zip(blobs, diffIDs).map { ContainerImage.Layer(blob: $0.0, digest: $0.1, diffID: $1) }
  }
}

extension ContainerImage.Process {
  fileprivate init(_ object: JSONObject?) throws(JSONError) {
    guard let object else { return }
    entrypoint = try object.strings("Entrypoint")
    cmd = try object.strings("Cmd")
    env = try object.strings("Env")
    user = try object.text("User")
    cwd = try object.text("WorkingDir")
    stopSignal = try object.text("StopSignal")
  }
}

/// Turns an error of JSON into one of this module.
private func json<Result>(_ body: () throws(JSONError) -> Result) throws(ImageBuildError) -> Result {
  do { return try body() } catch { throw .json(error) }
}

extension [ByteString] {
  fileprivate func only(in name: ByteString, named wanted: ByteString?) throws(ImageBuildError) -> ByteString {
    guard count == 1 else {
      let tagged = wanted.map { " tagged \($0)" } ?? ""
      throw .image(name: name, reason: "expected one manifest\(tagged), found \(count)")
    }
    return self[0]
  }
}

extension JSONObject {
  /// Docker writes null for an empty list.
  fileprivate func elements(_ key: ByteString) throws(JSONError) -> [JSONValue] {
    switch self[key] {
    case nil, .null: return []
    case .array(let elements): return elements
    case let other?: throw JSONError.type(expected: "array", found: other).under(key)
    }
  }

  fileprivate func array(_ key: ByteString) throws(JSONError) -> [JSONObject] {
    try elements(key).map { (element) throws(JSONError) in try JSONObject(json: element) }
  }

  /// Of a descriptor.
  fileprivate func digest() throws(JSONError) -> ByteString {
    guard let value = self["digest"] else { throw JSONError.type(expected: "string", found: .null).under("digest") }
    return try ByteString(json: value)
  }

  fileprivate func strings(_ key: ByteString) throws(JSONError) -> [ByteString] {
    try elements(key).map { (element) throws(JSONError) in try ByteString(json: element) }
  }

  fileprivate func object(_ key: ByteString) throws(JSONError) -> JSONObject? {
    switch self[key] {
    case nil, .null: nil
    case let value?: try JSONObject(json: value)
    }
  }

  /// Nil also for an empty string, which stands for no statement (image-spec, config.md).
  fileprivate func text(_ key: ByteString) throws(JSONError) -> ByteString? {
    guard let value = self[key] else { return nil }
    let text = try ByteString(json: value)
    return text.isEmpty ? nil : text
  }
}
