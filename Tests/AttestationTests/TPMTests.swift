import Bytes
import Digest
import Linux
import NodeConfiguration
import Testing

@testable import Attestation

@Suite struct TPMTests {
  /// tpm2-tools and sha256sum know nothing of this code.
  @Test func otherToolsSeeTheSameValues() throws {
    let node = try TestNode()
    let bundle = TestNode.bundle()
    try node.measure(bundle)
    try node.load().append(.separator, node.configuration, run: node.run)

    let digest = try TestNode.execute("sha256sum", [node.path + "/run/policy.json"]).prefix(64)
    #expect(Hex.encode(bundle.digest(in: .sha256).bytes) == String(digest))
    let extended = Array(repeating: UInt8(0), count: 32) + (Hex.decode(ByteString(String(digest))) ?? [])
    let value = try TestNode.execute("sha256sum", [], input: extended).prefix(64).uppercased()
    let read = try TestNode.execute("tpm2_pcrread", ["--tcti", "swtpm:path=\(node.path)/sock", "sha256:8,14"])
    #expect(read.contains("8 : 0x" + value))

    let log = try EventLog(bytes: ByteString(node.contents("event.log")), pcr: 14)
    #expect(read.contains("14: 0x" + Hex.encode((log.replay(in: .sha256) ?? "").bytes).uppercased()))

    let other = try TestNode()
    let digests = log.records.map { record in
      record.digests.map { "\($0.bank)=" + Hex.encode($0.digest.bytes) }.joined(separator: ",")
    }
    try TestNode.execute("tpm2_pcrextend", ["--tcti", "swtpm:path=\(other.path)/sock"] + digests.map { "14:" + $0 })
    #expect(try other.values(14) == node.values(14))
  }

  @Test func aRefusalNamesTheCommandAndTheCode() throws {
    let node = try TestNode()
    let tpm = try node.tpm()
    #expect(throws: TPMError.refused(command: "TPM2_PCR_Extend", code: 0x907)) {
      try tpm.extend(17, with: [(.sha256, HashAlgorithm.sha256.zero)])
    }
    #expect(
      "\(TPMError.refused(command: "TPM2_PCR_Extend", code: 0x907))" == "TPM: TPM2_PCR_Extend: TPM_RC_LOCALITY (0x907)")
    #expect("\(TPMError.refused(command: "X", code: 0x1C4))" == "TPM: X: TPM_RC_VALUE (0x1c4)")
  }

  @Test(arguments: [TPMAddress.device("/dev/null"), .device("/nonexistent/tpm"), .unixSocket("/nonexistent/sock")])
  func whatIsNoTPMIsUnreachableOrMalformed(address: TPMAddress) {
    #expect(throws: TPMError.self) { try TPMChannel(address).read([8], in: [.sha256]) }
  }

  /// What a peer answers that is no TPM.
  static let answers: [(String, String)] = [
    ("nothing", ""),
    ("half a header", "8001000000"),
    ("a size that is too small", "800100000009"),
    ("a size beyond the bytes", "80010000003f00000000"),
    ("a size below the bytes", "80010000000a0000000000000001"),
    ("the tag of another response", "80020000000a00000000"),
    ("no values", "80010000000a00000000"),
    (
      "another PCR",
      "80010000003e000000000000001400000001000b0300020000000001" + "0020" + String(repeating: "00", count: 32)
    ),
    (
      "another bank",
      "80010000003e0000000000000014000000010004030001000000000100" + "20" + String(repeating: "00", count: 32)
    ),
    ("no such bank", "80010000001c000000000000001400000001000b0300000000000000"),
    (
      "a short value",
      "800100000032000000000000001400000001000b03000100000000010014" + String(repeating: "00", count: 20)
    ),
    (
      "two values",
      "800100000060000000000000001400000001000b030001000000000200"
        + String(repeating: "20" + String(repeating: "00", count: 33), count: 2)
    ),
    (
      "a byte too many",
      "80010000003f000000000000001400000001000b030001000000000100" + "20" + String(repeating: "00", count: 33)
    ),
    ("millions of selections", "80010000001200000000" + "00000014" + "ffffffff"),
  ]

  @Test(arguments: answers)
  func whatNoTPMAnswersIsNotBelieved(_ name: String, answer: String) throws {
    let bytes = try #require(Hex.decode(ByteString(answer)))
    let name = ByteString("ward-peer-\(UInt64.random(in: 0...UInt64.max))")
    let path = ByteString("/tmp/") + name + "/sock"
    let directory = try FileDescriptor.makeDirectories(path.parentPath)
    let listener = try FileDescriptor.unixSocket()
    try listener.listen(at: path)
    let tpm = try TPMChannel(.unixSocket(path))
    let peer = try listener.accept()
    try peer.writeAll(bytes)
    #expect(throws: TPMError.self) { try tpm.read([8], in: [.sha256]) }
    // The command did arrive, and the peer was there all the time.
    #expect(try peer.read(atMost: 4096).count == 20)
    try directory.remove("sock")
    try FileDescriptor.open("/tmp", [.readOnly, .directory]).removeDirectory(name)
  }

  @Test func theRightAnswerIsBelieved() throws {
    let node = try TestNode()
    #expect(try node.tpm().read([8], in: [.sha256]) == [.sha256: [8: HashAlgorithm.sha256.zero]])
    #expect(try node.tpm().banks(of: 8) == HashAlgorithm.allCases)
  }
}
