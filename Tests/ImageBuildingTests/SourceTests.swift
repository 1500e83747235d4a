import Bytes
import Digest
import Linux
import StrictJSON
import Testing

@testable import ImageBuilding

/// Container images in each place that they come from, and each way in which they can be wrong.
@Suite struct SourceTests {
  /// How a layer is compressed.
  enum Compression: CaseIterable { case none, gzip, zstd }

  private static func compressed(_ bytes: [UInt8], _ compression: Compression) throws -> [UInt8] {
    switch compression {
    case .none: bytes
    case .gzip: try TestDirectory.filter("/usr/bin/gzip", ["-nc"], bytes)
    case .zstd: try TestDirectory.filter("/usr/bin/zstd", ["-qc"], bytes)
    }
  }

  static func digest(_ bytes: [UInt8]) -> String { Hex.encode(HashAlgorithm.sha256.digest(of: bytes).bytes) }

  /// The parts of an image with one layer.
  struct Parts {
    var layer: [UInt8]
    var config: String
    var manifest: String

    init(_ archive: Archive, _ compression: Compression) throws {
      layer = try SourceTests.compressed(archive.bytes, compression)
      config = """
        {"architecture": "amd64", "config": {"Entrypoint": ["/app"], "Cmd": null, "Env": ["A=b"], "User": ""}, \
        "rootfs": {"type": "layers", "diff_ids": ["sha256:\(SourceTests.digest(archive.bytes))"]}}
        """
      manifest = """
        {"config": {"digest": "sha256:\(SourceTests.digest(Array(config.utf8)))"}, \
        "layers": [{"digest": "sha256:\(SourceTests.digest(layer))"}]}
        """
    }

    var manifestDigest: String { SourceTests.digest(Array(manifest.utf8)) }

    /// Blobs by path, as in a layout.
    var blobs: [(ByteString, [UInt8])] {
      [layer, Array(config.utf8), Array(manifest.utf8)].map {
        (ByteString("blobs/sha256/" + SourceTests.digest($0)), $0)
      }
    }

    var index: [UInt8] {
      Array(
        """
        {"manifests": [{"digest": "sha256:\(manifestDigest)", "annotations": \
        {"org.opencontainers.image.ref.name": "v1"}}]}
        """.utf8)
    }
  }

  private func image(_ source: ImageSource, _ directory: TestDirectory, limit: UInt64 = 1 << 30) throws -> (
    [String], ContainerImage.Process
  ) {
    let spool = LayerSpool(directory: directory.path, limit: limit)
    let image = try ContainerImage(source, architecture: "amd64", spool: spool)
    return (try image.tree().listing, image.process)
  }

  private func layout(_ parts: Parts, _ directory: TestDirectory) throws -> ImageSource {
    for (path, bytes) in parts.blobs { try directory.write(path, bytes) }
    try directory.write("index.json", parts.index)
    return .layout(directory.path, tag: "v1")
  }

  @Test(arguments: Compression.allCases)
  func layoutIsRead(compression: Compression) throws {
    let directory = try TestDirectory()
    let source = try layout(try Parts(.layer("bin/", "bin/app"), compression), directory)
    let (files, process) = try image(source, directory)
    #expect(files == ["bin/", "bin/app"])
    #expect(process == .init(entrypoint: ["/app"], cmd: [], env: ["A=b"]))
    try directory.remove()
  }

  @Test func contentStoreIsReadByDigestAlsoThroughAnIndex() throws {
    let directory = try TestDirectory()
    let parts = try Parts(.layer("app"), .gzip)
    let store: ByteString = "io.containerd.content.v1.content"
    for (path, bytes) in parts.blobs { try directory.write(store.appending(path: path), bytes) }
    let index = Array(
      """
      {"manifests": [{"digest": "sha256:\(String(repeating: "0", count: 64))", "platform": {"os": "linux", \
      "architecture": "arm64"}}, {"digest": "sha256:\(parts.manifestDigest)", "platform": {"os": "linux", \
      "architecture": "amd64"}}]}
      """.utf8)
    try directory.write(store.appending(path: ByteString("blobs/sha256/" + Self.digest(index))), index)
    for digest in [parts.manifestDigest, Self.digest(index)] {
      let source = ImageSource.contentStore(directory.path, digest: ByteString("sha256:" + digest))
      #expect(try image(source, directory).0 == ["app"])
    }
    try directory.remove()
  }

  /// As docker save, podman save and ctr images export write it; old ones link one layer to another.
  @Test func archivesAreRead() throws {
    let directory = try TestDirectory()
    let parts = try Parts(.layer("app"), .none)
    var docker = Archive()
    docker.add(
      "manifest.json",
      Array(
        """
        [{"Config": "c.json", "RepoTags": ["local/app:v1"], "Layers": ["one/layer.tar"]}]
        """.utf8))
    docker.add("c.json", Array(parts.config.utf8))
    docker.add("one/layer.tar", type: "2", target: "../two/layer.tar")
    docker.add("two/layer.tar", parts.layer)
    docker.end()
    try directory.write("docker.tar", docker.bytes)
    var oci = Archive()
    for (path, bytes) in parts.blobs {
      oci.addRecords([("path", path.description)])
      oci.add("blob", bytes)
    }
    oci.add("index.json", parts.index)
    oci.end()
    try directory.write("oci.tar.gz", try Self.compressed(oci.bytes, .gzip))
    for (file, name) in [("docker.tar", "local/app:v1"), ("docker.tar", nil), ("oci.tar.gz", "v1")]
      as [(ByteString, ByteString?)]
    {
      let source = ImageSource.archive(directory.path.appending(path: file), reference: name)
      #expect(try image(source, directory).0 == ["app"])
    }
    #expect(throws: ImageBuildError.self) {
      _ = try image(.archive(directory.path.appending(path: "docker.tar"), reference: "other"), directory)
    }
    try directory.remove()
  }

  @Test(arguments: Compression.allCases)
  func blobWithoutItsDigestIsRefused(compression: Compression) throws {
    let directory = try TestDirectory()
    let parts = try Parts(.layer("app"), compression)
    for (path, bytes) in parts.blobs {
      let source = try layout(parts, directory)
      var other = bytes
      // In an archive and its compressed forms: a byte that leaves the structure as it is.
      other[other.count - 1] ^= 0x20
      try directory.write(path, other)
      #expect(throws: (any Error).self) { _ = try image(source, directory) }
    }
    try directory.remove()
  }

  @Test func layerThatIsNotTheOneOfTheConfigurationIsRefused() throws {
    let directory = try TestDirectory()
    var parts = try Parts(.layer("app"), .gzip)
    parts.layer = try Self.compressed(Archive.layer("other").bytes, .gzip)
    parts.manifest = """
      {"config": {"digest": "sha256:\(Self.digest(Array(parts.config.utf8)))"}, \
      "layers": [{"digest": "sha256:\(Self.digest(parts.layer))"}]}
      """
    let source = try layout(parts, directory)
    #expect(throws: ImageBuildError.self) { _ = try image(source, directory) }
    try directory.remove()
  }

  @Test(arguments: [Compression.gzip, .zstd])
  func bombIsStoppedAtTheLimit(compression: Compression) throws {
    let directory = try TestDirectory()
    var archive = Archive()
    archive.add("zeros", [UInt8](repeating: 0, count: 8 << 20))
    archive.end()
    let parts = try Parts(archive, compression)
    #expect(parts.layer.count < 100_000)
    let source = try layout(parts, directory)
    #expect(try image(source, directory).0 == ["zeros"])
    do {
      _ = try image(source, directory, limit: 8 << 20)
      Issue.record("the limit was passed")
    } catch {
      #expect("\(error)".contains("larger than the limit"))
    }
    #expect(
      try FileDescriptor.open(directory.path, [.readOnly, .directory]).entries().sorted() == ["blobs", "index.json"])
    try directory.remove()
  }

  @Test(arguments: [Compression.gzip, .zstd])
  func severalMembersInARowAreOneStreamAndACutOneIsRefused(compression: Compression) throws {
    let directory = try TestDirectory()
    let archive = Archive.layer("app").bytes
    let halves =
      try Self.compressed(Array(archive[..<700]), compression) + Self.compressed(Array(archive[700...]), compression)
    let file = try Archive.file(halves)
    let spool = LayerSpool(directory: directory.path, limit: 1 << 20)
    let whole = Blob(file, 0..<UInt64(halves.count), name: "halves")
    let diffID = ByteString("sha256:" + Self.digest(archive))
    #expect(try spool.uncompressed(whole, digest: nil, diffID: diffID).range == 0..<UInt64(archive.count))
    for cut in [1, 5, halves.count / 2] {
      let part = Blob(file, 0..<UInt64(halves.count - cut), name: "cut")
      #expect(throws: ImageBuildError.self) { _ = try spool.uncompressed(part, digest: nil, diffID: nil) }
    }
    try directory.remove()
  }

  @Test func whatAnIndexDoesNotHaveIsRefused() throws {
    let directory = try TestDirectory()
    let parts = try Parts(.layer("app"), .none)
    _ = try layout(parts, directory)
    let missing = ByteString("sha256:" + String(repeating: "1", count: 64))
    for source in [
      ImageSource.layout(directory.path, tag: "v2"), .layout(directory.path.appending(path: "blobs"), tag: "v1"),
      .contentStore(directory.path, digest: missing), .contentStore(directory.path, digest: "sha256:../../x"),
      .contentStore(directory.path, digest: "sha512:11"), .archive(directory.path, reference: nil),
    ] {
      #expect(throws: ImageBuildError.self) { _ = try image(source, directory) }
    }
    try directory.remove()
  }
}
