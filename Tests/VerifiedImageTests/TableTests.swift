import Bytes
import NodeConfiguration
import Policy
import StrictJSON
import Testing

@testable import Linux
@testable import VerifiedImage

/// What counts as the pinned device-mapper table, and what the opening program is asked.
@Suite struct TableTests {
  static func geometry(salt: ByteString = "ab") throws -> VerityGeometry {
    try #require(
      VerityGeometry(
        rootHash: ByteString([UInt8](repeating: 0x11, count: 32)), salt: salt, dataBlocks: 200, hashOffset: 201 * 4096))
  }

  static let root = String(repeating: "11", count: 32)
  static let genuine = "1 7:3 7:3 4096 4096 200 201 sha256 \(root) 6162"

  static func table(
    _ parameters: String, type: ByteString = "verity", readOnly: Bool = true, targets: UInt32 = 1, start: UInt64 = 0,
    sectors: UInt64 = 1600
  ) -> DeviceMapper.Table {
    DeviceMapper.Table(
      device: DeviceNumber(major: 253, minor: 0), readOnly: readOnly, targets: targets, start: start, sectors: sectors,
      type: type, parameters: ByteString(parameters))
  }

  @Test func pinnedTableIsAccepted() throws {
    #expect(VerityMapping.mismatch(Self.table(Self.genuine), try Self.geometry()) == nil)
    let unsalted = Self.genuine.replacing(" 6162", with: " -")
    #expect(VerityMapping.mismatch(Self.table(unsalted), try Self.geometry(salt: "")) == nil)
  }

  @Test(arguments: [
    "0 7:3 7:3 4096 4096 200 201 sha256 ROOT 6162", "1 7:3 7:4 4096 4096 200 201 sha256 ROOT 6162",
    "1 7:3 7:3 512 4096 200 201 sha256 ROOT 6162", "1 7:3 7:3 4096 4096 199 201 sha256 ROOT 6162",
    "1 7:3 7:3 4096 4096 200 200 sha256 ROOT 6162", "1 7:3 7:3 4096 4096 200 201 sha1 ROOT 6162",
    "1 7:3 7:3 4096 4096 200 201 sha256 ROOT -", "1 7:3 7:3 4096 4096 200 201 sha256 ROOT 61",
    "1 7:3 7:3 4096 4096 200 201 sha256 ROOT 6162 1 ignore_corruption",
    "1 7:3 7:3 4096 4096 200 201 sha256 ROOT 6162 1 check_at_most_once",
    "1 7:3 7:3 4096 4096 200 201 sha256 ROOT 6162 1 ignore_zero_blocks", "", "1",
    "1 7:3 7:3 4096 4096 200 201 sha256 \(String(repeating: "12", count: 32)) 6162",
  ])
  func otherParametersAreAnotherDevice(parameters: String) throws {
    let table = Self.table(parameters.replacing("ROOT", with: Self.root))
    #expect(VerityMapping.mismatch(table, try Self.geometry()) != nil)
  }

  @Test func otherTargetIsAnotherDevice() throws {
    let geometry = try Self.geometry()
    #expect(VerityMapping.mismatch(Self.table(Self.genuine, type: "linear"), geometry) != nil)
    #expect(VerityMapping.mismatch(Self.table(Self.genuine, readOnly: false), geometry) != nil)
    #expect(VerityMapping.mismatch(Self.table(Self.genuine, targets: 2), geometry) != nil)
    #expect(VerityMapping.mismatch(Self.table(Self.genuine, start: 8), geometry) != nil)
    #expect(VerityMapping.mismatch(Self.table(Self.genuine, sectors: 1608), geometry) != nil)
  }

  /// What a node does about corruption is a part of the table that it compares.
  @Test func responseToCorruptionIsAParameter() throws {
    let geometry = try Self.geometry()
    let restarting = Self.table(Self.genuine + " 1 restart_on_corruption")
    #expect(VerityMapping.mismatch(restarting, geometry, .restart) == nil)
    #expect(VerityMapping.mismatch(Self.table(Self.genuine + " 1 panic_on_corruption"), geometry, .panic) == nil)
    #expect(VerityMapping.mismatch(restarting, geometry, .error) != nil)
    #expect(VerityMapping.mismatch(Self.table(Self.genuine), geometry, .panic) != nil)
    let request = VerityRequest(loop: 3, geometry: geometry, onCorruption: .restart)
    #expect(request.parameters == ByteString(Self.genuine + " 1 restart_on_corruption"))
    #expect(request.sectors == 1600 && request.name == ByteString("ward-" + Self.root))
  }

  @Test func requestIsReadBackAsItWasWritten() throws {
    for geometry in [try Self.geometry(), try #require(try Self.geometry().corrected(roots: 2))] {
      let request = VerityRequest(loop: 3, geometry: geometry, onCorruption: .restart)
      #expect(try StrictJSON.decode(from: CanonicalJSON.encode(request.json)) == request)
    }
  }

  /// A kernel without error correction is another cause than an image that is not the pinned one.
  @Test func kernelThatLacksAFeatureIsNoCorruptImage() throws {
    let image = Image(name: "a", geometry: try Self.geometry(), integrity: .dmVerity)
    for (status, code) in [
      (VerityRequest.kernelLacksStatus, ViolationCode.imageUnusable), (VerityRequest.signatureStatus, .imageSignature),
      (1, .imageCorrupt),
    ] {
      let finished = try FinishedProgram.run("/bin/sh", ["-c", ByteString("echo so >&2; exit \(status)")])
      let violation = ImageError.verity("ward-verity", finished).violation(of: image)
      #expect(violation.code == code && violation.actual == "ward-verity: so")
    }
  }

  /// 201 blocks to the tree, and 3 of it.
  static let corrected = genuine + " 8 use_fec_from_device 7:3 fec_blocks 203 fec_start 204 fec_roots 2"

  @Test func errorCorrectionIsAParameter() throws {
    let plain = try Self.geometry()
    let geometry = try #require(plain.corrected(roots: 2))
    let table = Self.table(Self.corrected)
    #expect(VerityMapping.mismatch(table, geometry) == nil)
    #expect(VerityMapping.mismatch(table, plain) != nil)
    #expect(VerityMapping.mismatch(Self.table(Self.genuine), geometry) != nil)
    let request = VerityRequest(loop: 3, geometry: geometry)
    #expect(request.parameters == ByteString(Self.corrected))
    #expect(request.reduced.map(\.option) == ["CONFIG_DM_VERITY_FEC"])
    #expect(request.reduced[0].request.parameters == ByteString(Self.genuine))
    let panicking = Self.genuine + Self.corrected.replacing(Self.genuine + " 8", with: " 9 panic_on_corruption")
    #expect(VerityMapping.mismatch(Self.table(panicking), geometry, .panic) == nil)
    #expect(VerityMapping.mismatch(Self.table(panicking), geometry, .error) != nil)
    // Over the device that decrypts, the codes are decrypted as well.
    let below = DeviceNumber(major: 253, minor: 4)
    let over = Self.corrected.replacing("7:3", with: "253:4")
    #expect(VerityMapping.mismatch(Self.table(over), geometry, over: below) == nil)
    #expect(geometry.cryptSectors == (204 + 2) * 8)
  }

  @Test func signatureIsAParameter() throws {
    let geometry = try Self.geometry()
    let option = "root_hash_sig_key_desc ward:root-hash-signature"
    let signed = Self.genuine + " 2 " + option
    #expect(VerityMapping.mismatch(Self.table(signed), geometry, signed: true) == nil)
    #expect(VerityMapping.mismatch(Self.table(signed), geometry) != nil)
    #expect(VerityMapping.mismatch(Self.table(Self.genuine), geometry, signed: true) != nil)
    let request = VerityRequest(loop: 3, geometry: try #require(geometry.corrected(roots: 2)), signature: "\u{1}\u{2}")
    #expect(request.parameters == ByteString(Self.corrected.replacing(" 8 use", with: " 10 use") + " " + option))
    #expect(try StrictJSON.decode(from: CanonicalJSON.encode(request.json)) == request)
    #expect(request.reduced.map(\.option) == ["CONFIG_DM_VERITY_FEC", "CONFIG_DM_VERITY_VERIFY_ROOTHASH_SIG"])
    #expect(request.reduced.map { $0.request.signature } == ["\u{1}\u{2}", nil])
    #expect(request.reduced[1].request.parameters == ByteString(Self.corrected))
  }

  @Test func signatureLiesBesideTheImage() throws {
    let node = try TestNode(padding: 0)
    let store = ImageStore(
      run: node.run, directories: ["/nonexistent", node.images], verity: try TestNode.verity(), keep: false,
      signed: true)
    let name = ByteString(Hex.encode(node.geometry.rootHash.bytes) + ".p7s")
    #expect(throws: ImageError.noSignature(name: name, directories: ["/nonexistent", node.images])) {
      _ = try store.signature(of: node.image())
    }
    let directory = try FileDescriptor.open(node.images, [.readOnly, .directory])
    try directory.replace(name, with: [UInt8](repeating: 7, count: RootHashSignature.sizeLimit))
    #expect(try store.signature(of: node.image())?.count == RootHashSignature.sizeLimit)
    #expect(try node.store().signature(of: node.image()) == nil)
    try directory.replace(name, with: [UInt8](repeating: 7, count: RootHashSignature.sizeLimit + 1))
    #expect(throws: ImageError.self) { _ = try store.signature(of: node.image()) }
    try directory.remove(name)
    try directory.makeSymbolicLink(name, to: "/etc/passwd")
    #expect(throws: ImageError.self) { _ = try store.signature(of: node.image()) }
    try node.remove()
  }

  @Test(arguments: [
    ("fec_roots 2", "fec_roots 3"), ("fec_start 204", "fec_start 203"), ("fec_blocks 203", "fec_blocks 204"),
    ("use_fec_from_device 7:3", "use_fec_from_device 7:4"), (" 8 use", " 9 ignore_zero_blocks use"),
    (" 8 use", " 9 check_at_most_once use"), ("fec_roots 2", "fec_roots 2 0"),
  ])
  func otherErrorCorrectionIsAnotherDevice(part: String, other: String) throws {
    let geometry = try #require(try Self.geometry().corrected(roots: 2))
    try #require(Self.corrected.contains(part))
    #expect(VerityMapping.mismatch(Self.table(Self.corrected.replacing(part, with: other)), geometry) != nil)
  }

  @Test(arguments: ["rootHash", "salt", "dataBlocks", "hashOffset", "loop", "onCorruption"] as [ByteString])
  func requestWithoutAMemberIsRefused(key: ByteString) throws {
    let request = VerityRequest(loop: 3, geometry: try Self.geometry(), onCorruption: .restart)
    var object = try JSONObject(json: request.json)
    object[key] = nil
    #expect(throws: JSONError.self) { try VerityRequest(json: .object(object)) }
  }

  @Test func requestForCodesInAnotherPlaceIsRefused() throws {
    let request = VerityRequest(loop: 3, geometry: try #require(try Self.geometry().corrected(roots: 2)))
    var object = try JSONObject(json: request.json)
    for fec in [
      ["blocks": 203, "roots": 2, "start": 203], ["blocks": 202, "roots": 2, "start": 204], ["roots": 2], 2, .null,
    ] as [JSONValue] {
      object["fec"] = fec
      #expect(throws: JSONError.self) { try VerityRequest(json: .object(object)) }
    }
  }

  /// Kernels before and after the count of repairs, and what none of them says.
  @Test(
    arguments: [
      ("V", false, nil), ("C", true, nil), ("V -", false, nil), ("V 0", false, 0), ("C 7", true, 7), ("", true, nil),
      ("v 1", true, 1), ("VV", true, nil),
    ] as [(ByteString, Bool, UInt64?)])
  func statusTellsCorruptionAndRepairs(status: ByteString, isCorrupt: Bool, repairs: UInt64?) {
    #expect(LiveImage.Holder(status: status) == .verity(isCorrupt: isCorrupt, repairs: repairs))
  }
}
