import Bytes
import NodeConfiguration
import Policy
import StrictJSON
import Testing

@testable import Linux
@testable import VerifiedImage

/// Images that are encrypted: who is asked for the key, and what counts as the pinned table. The file itself is encrypted
/// by OpenSSL's command, so that another hand decides what is right.
@Suite struct EncryptedTests {
  static let key: [UInt8] = (0..<64).map { UInt8(truncatingIfNeeded: $0 * 37 + 11) }

  private func program(_ script: String, in node: TestNode) throws -> ByteString {
    let directory = try FileDescriptor.open(node.base, [.readOnly, .directory])
    try directory.replace(
      "provider", with: Array("#!/bin/sh\n[ \"$1\" != try ] || exit 0\n\(script)\n".utf8), mode: 0o700, isExact: true)
    try directory.replace("key", with: Self.key)
    // A child that another test makes meanwhile holds the file open for writing until it becomes its program: ETXTBSY.
    while try FinishedProgram.run(node.base.appending(path: "provider"), ["try"]).status == RunningProgram.notStarted {}
    return node.base.appending(path: "provider")
  }

  private func provider(_ script: String, in node: TestNode, seconds: UInt32 = 300) throws -> KeyProvider {
    KeyProvider(program: try program(script, in: node), seconds: seconds, policy: "\u{1}\u{2}")
  }

  private func image(of node: TestNode) throws -> Image {
    let encryption = try #require(ImageEncryption(key: "model-key"))
    return Image(name: "test", geometry: node.geometry, integrity: .memory, encryption: encryption)
  }

  private func failure(_ script: String, seconds: UInt32 = 300) throws -> String {
    let node = try TestNode(padding: 0)
    defer { do { try node.remove() } catch { Issue.record("\(error)") } }
    let (provider, image) = (try provider(script, in: node, seconds: seconds), try image(of: node))
    let encryption = try #require(image.encryption)
    do throws(ImageError) {
      _ = try provider.key(encryption, of: node.geometry)
      return "a key"
    } catch {
      #expect(error.violation(of: image).code == .imageKey)
      return error.description.replacing(node.base.description, with: "")
    }
  }

  @Test func providerIsAskedForTheKeyByName() throws {
    let node = try TestNode(padding: 0)
    let provider = try provider("tee ${0%/*}/asked >/dev/null; cat ${0%/*}/key", in: node)
    let key = try provider.key(try #require(ImageEncryption(key: "model-key")), of: node.geometry)
    #expect(key.withBytes { span in span.indices.map { span[$0] } } == Self.key)
    let asked = ByteString(
      try FileDescriptor.contents(of: node.base.appending(path: "asked"), limit: 4096))
    let root = Hex.encode(node.geometry.rootHash.bytes)
    #expect(asked == ByteString("{\"key\":\"model-key\",\"policy\":\"0102\",\"rootHash\":\"\(root)\"}\n"))
    try node.remove()
  }

  @Test(arguments: [
    ("exit 0", "gave 0 bytes, and a key has 64"), ("head -c 63 ${0%/*}/key", "gave 63 bytes, and a key has 64"),
    ("cat ${0%/*}/key; echo", "gave more than the 64 bytes of a key"),
    ("cat ${0%/*}/key; exit 4", "ended with status 4"),
    ("echo no such key >&2; echo more >&2; exit 1", "ended with status 1: no such key"),
    ("kill -KILL $$", "was ended by a signal"),
  ])
  func providerThatGivesNoKeyIsNamed(script: String, said: String) throws {
    #expect(try failure(script) == "/provider: \(said)")
  }

  @Test func providerThatHangsIsEnded() throws {
    #expect(try failure("echo waiting >&2; sleep 1000", seconds: 1) == "/provider: gave no key within 1 s: waiting")
  }

  @Test func keyOfTwoEqualHalvesIsNone() throws {
    #expect(try failure("head -c 64 /dev/zero") == "expected a key whose halves differ")
  }

  @Test func nameOfTheKeyIsOneOfAFile() {
    for name in ["a", "model-key", "9", "A.b_c-D", ByteString(String(repeating: "k", count: 64))] as [ByteString] {
      #expect(ImageEncryption(key: name)?.key == name)
    }
    for name in [
      "", ".", "../a", "a/b", "-a", "_", "a b", "a\u{0}", "ä", ByteString(String(repeating: "k", count: 65)),
    ]
      as [ByteString]
    {
      #expect(ImageEncryption(key: name) == nil, "\(name)")
    }
  }

  @Test func encryptedFileHasAnotherNameAndAnImageWithoutAProviderIsRefused() throws {
    let node = try TestNode(padding: 0)
    let (store, image) = (try node.store(), try image(of: node))
    let name = ByteString(Hex.encode(node.geometry.rootHash.bytes) + ".crypt")
    #expect(throws: ImageError.missing(name: name, directories: [node.images])) { _ = try store.file(of: image) }
    #expect(throws: ImageError.noKeyProvider) { _ = try store.key(of: image) }
    #expect(ImageError.noKeyProvider.violation(of: image).code == .imageKey)
    try node.remove()
  }

  /// A file that grows while it is decrypted, by a program that writes more than the file had when it was looked at.
  @Test(.enabled(if: TestNode.canMount))
  func noMoreThanThePinnedSizeGetsIntoMemory() throws {
    let node = try TestNode(padding: 0)
    let file = try FileDescriptor.open(node.images, [.readOnly, .directory])
    let name = ByteString(Hex.encode(node.geometry.rootHash.bytes) + ".crypt")
    try file.replace(name, with: try FileDescriptor.contents(of: node.file, limit: 1 << 24))
    func mount(_ script: String) throws -> FileDescriptor {
      let key = try provider("cat ${0%/*}/key", in: node).key(
        try #require(ImageEncryption(key: "model-key")), of: node.geometry)
      let decrypting = try program(script, in: node)
      return try MemoryImage.mount(
        try UnverifiedImageFile(node.geometry, isEncrypted: true, in: [node.images]), key, by: decrypting)
    }
    let copies = "[ \"$*\" = decrypt ] && cat"
    #expect(throws: Never.self) { _ = try mount(copies) }
    #expect {
      _ = try mount(copies + " && head -c 4096 /dev/zero")
    } throws: { error in
      if case ImageError.verity = error { true } else { false }
    }
    try node.remove()
  }

  @Test func corruptEncryptedImageMayHaveAnotherKey() throws {
    let node = try TestNode(padding: 0)
    let error = ImageError.corrupt(path: "/x", .data, block: 3)
    let plain = error.violation(of: node.image())
    let encrypted = error.violation(of: try image(of: node))
    #expect(plain.code == .imageCorrupt && encrypted.code == .imageCorrupt)
    #expect(!plain.actual.contains("key") && encrypted.actual.contains("block 3"))
    #expect(encrypted.actual.contains("or model-key is another key than it was encrypted with"))
    try node.remove()
  }

  // MARK: Tables

  static let genuine = "aes-xts-plain64 :64:logon:ward:image 0 7:3 0 1 sector_size:4096"
  /// 200 data blocks, a block between, and 3 of the tree.
  static let sectors: UInt64 = (201 + 3) * 8

  @Test func pinnedTablesAreAccepted() throws {
    let geometry = try TableTests.geometry()
    let table = TableTests.table(Self.genuine, type: "crypt", sectors: Self.sectors)
    #expect(CryptMapping.mismatch(table, geometry) == nil)
    let request = VerityRequest(loop: 3, geometry: geometry)
    #expect(request.below.parameters == ByteString(Self.genuine) && request.below.sectors == Self.sectors)
    #expect(request.below.name == ByteString("ward-\(TableTests.root)-crypt"))
  }

  @Test(arguments: [
    "aes-xts-plain :64:logon:ward:image 0 7:3 0 1 sector_size:4096",
    "aes-xts-plain64 :32:logon:ward:image 0 7:3 0 1 sector_size:4096",
    "aes-xts-plain64 :64:user:ward:image 0 7:3 0 1 sector_size:4096",
    "aes-xts-plain64 :64:logon:other:image 0 7:3 0 1 sector_size:4096",
    "aes-xts-plain64 :64:logon:ward:image 8 7:3 0 1 sector_size:4096",
    "aes-xts-plain64 :64:logon:ward:image 0 8:3 0 1 sector_size:4096",
    "aes-xts-plain64 :64:logon:ward:image 0 7:3 8 1 sector_size:4096",
    "aes-xts-plain64 :64:logon:ward:image 0 7:3 0",
    "aes-xts-plain64 :64:logon:ward:image 0 7:3 0 1 sector_size:512",
    "aes-xts-plain64 :64:logon:ward:image 0 7:3 0 2 sector_size:4096 iv_large_sectors",
    "aes-xts-plain64 :64:logon:ward:image 0 7:3 0 2 allow_discards sector_size:4096", "", "a b c d",
  ])
  func otherTableBelowIsAnotherDevice(parameters: String) throws {
    let table = TableTests.table(parameters, type: "crypt", sectors: Self.sectors)
    #expect(CryptMapping.mismatch(table, try TableTests.geometry()) != nil)
  }

  @Test func otherTargetBelowIsAnotherDevice() throws {
    let geometry = try TableTests.geometry()
    for table in [
      TableTests.table(Self.genuine, type: "linear", sectors: Self.sectors),
      TableTests.table(Self.genuine, type: "crypt", readOnly: false, sectors: Self.sectors),
      TableTests.table(Self.genuine, type: "crypt", targets: 2, sectors: Self.sectors),
      TableTests.table(Self.genuine, type: "crypt", start: 8, sectors: Self.sectors),
      TableTests.table(Self.genuine, type: "crypt", sectors: Self.sectors + 8),
    ] {
      #expect(CryptMapping.mismatch(table, geometry) != nil)
    }
  }

  /// An image that the policy has encrypted is not one over the file, nor one over another device; nor the reverse.
  @Test func verityLiesOverTheDeviceThatDecrypts() throws {
    let geometry = try TableTests.geometry()
    let over = TableTests.table(TableTests.genuine.replacing("7:3", with: "253:1"))
    let below = DeviceNumber(major: 253, minor: 1)
    #expect(VerityMapping.mismatch(over, geometry, over: below) == nil)
    #expect(VerityMapping.mismatch(over, geometry, over: DeviceNumber(major: 253, minor: 2)) != nil)
    #expect(VerityMapping.mismatch(over, geometry) != nil)
    #expect(VerityMapping.mismatch(TableTests.table(TableTests.genuine), geometry, over: below) != nil)
  }
}
