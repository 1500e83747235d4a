import Bytes
import Digest
import Linux
import StrictJSON
import Testing

@testable import NodeConfiguration

@Suite struct NodeConfigurationTests {
  private func decode(_ text: String) throws(JSONError) -> NodeConfiguration {
    try StrictJSON.decode(from: Array(text.utf8))
  }

  @Test func anEmptyObjectHasTheDefaults() throws {
    let configuration = try decode("{}")
    #expect(configuration == .default)
    #expect(configuration.policyPCR == 8)
    #expect(configuration.eventPCR == 14)
    #expect(configuration.pcrBank == .sha256)
    #expect(configuration.tpm == .device("/dev/tpmrm0"))
    #expect(!configuration.keepImages)
  }

  @Test func everyMemberIsTaken() throws {
    let configuration = try decode(
      """
      {"tpm": "swtpm:/run/vtpm/sock", "policyPCR": 9, "eventPCR": 10, "pcrBank": "sha384",
       "images": ["/a", "/b"], "verity": "/opt/verity", "keyProvider": "/opt/keys", "keyProviderTimeout": 5,
       "gpu": "/opt/gpu", "nvml": "/opt/libnvidia-ml.so",
       "decisionLog": {"path": "/var/log/d", "maximumBytes": 2097152, "commands": "none",
       "ship": ["journald", "unix:/run/x", "vsock:2:5000"]},
       "policyFloor": {"embeddings": 7}, "policySigners": {"required": 1, "keys": {"alice": "PEM"}},
       "keepImages": true, "onCorruption": "panic", "rootHashSignatures": true}
      """)
    #expect(
      configuration
        == NodeConfiguration(
          tpm: .unixSocket("/run/vtpm/sock"), policyPCR: 9, eventPCR: 10, pcrBank: .sha384, images: ["/a", "/b"],
          verity: "/opt/verity", keyProvider: "/opt/keys", keyProviderTimeout: 5, gpu: "/opt/gpu",
          nvml: "/opt/libnvidia-ml.so",
          decisionLog: .init(
            path: "/var/log/d", maximumBytes: 2 << 20, commands: .none,
            ship: [.journald, .unix("/run/x"), .vsock(cid: 2, port: 5000)]),
          policyFloor: ["embeddings": 7],
          policySigners: .init(required: 1, keys: ["alice": "PEM"]), keepImages: true, onCorruption: .panic,
          rootHashSignatures: true))
  }

  @Test(arguments: [
    (#"{"polcyPCR": 8}"#, "/polcyPCR"), (#"{"policyPCR": 7}"#, "/policyPCR"), (#"{"policyPCR": 16}"#, "/policyPCR"),
    (#"{"eventPCR": 23}"#, "/eventPCR"), (#"{"eventPCR": 0}"#, "/eventPCR"), (#"{"eventPCR": 256}"#, "/eventPCR"),
    (#"{"policyPCR": 14}"#, "/eventPCR"), (#"{"pcrBank": "sha1"}"#, "/pcrBank"), (#"{"pcrBank": null}"#, "/pcrBank"),
    (#"{"tpm": "mssim:host=127.0.0.1"}"#, "/tpm"), (#"{"tpm": "swtpm:host=10.0.0.1,port=1"}"#, "/tpm"),
    (#"{"tpm": "swtpm:host=127.0.0.1,port=0"}"#, "/tpm"), (#"{"tpm": "device:tpm0"}"#, "/tpm"),
    (#"{"tpm": "device:/dev/../tpm0"}"#, "/tpm"), (#"{"images": ["relative"]}"#, "/images/0"),
    (#"{"verity": "/a/../b"}"#, "/verity"), (#"{"decisionLog": {"maximumBytes": 4096}}"#, "/decisionLog/maximumBytes"),
    (#"{"decisionLog": {"size": 1}}"#, "/decisionLog/size"),
    (#"{"decisionLog": {"commands": "all"}}"#, "/decisionLog/commands"),
    (#"{"decisionLog": {"ship": ["syslog"]}}"#, "/decisionLog/ship/0"),
    (#"{"decisionLog": {"ship": ["unix:x"]}}"#, "/decisionLog/ship/0"),
    (#"{"decisionLog": {"ship": ["vsock:2:0"]}}"#, "/decisionLog/ship/0"),
    (#"{"policyFloor": {"a": -1}}"#, "/policyFloor/a"), (#"{"keepImages": 1}"#, "/keepImages"),
    (#"{"keyProvider": "keys"}"#, "/keyProvider"), (#"{"keyProvider": ["/opt/keys"]}"#, "/keyProvider"),
    (#"{"keyProviderTimeout": 0}"#, "/keyProviderTimeout"), (#"{"keyProviderTimeout": 301}"#, "/keyProviderTimeout"),
    (#"{"onCorruption": "ignore"}"#, "/onCorruption"), (#"{"rootHashSignatures": "yes"}"#, "/rootHashSignatures"),
  ])
  func whatIsNotMeantIsRefusedWithItsPlace(text: String, pointer: String) {
    do {
      let configuration = try decode(text)
      Issue.record("\(text) gave \(configuration)")
    } catch {
      #expect(error.pointer.text == ByteString(pointer))
    }
  }

  @Test(arguments: [
    ("device:/dev/tpm0", TPMAddress.device("/dev/tpm0")), ("swtpm:path=/s", .unixSocket("/s")),
    ("swtpm:/s", .unixSocket("/s")), ("swtpm:host=127.0.0.1,port=2321", .loopback(port: 2321)),
  ])
  func addressesReadBack(text: String, address: TPMAddress) {
    #expect(TPMAddress(ByteString(text)) == address)
    #expect(TPMAddress(ByteString(address.description)) == address)
  }
}

@Suite struct NodeConfigurationFileTests {
  private let path = ByteString("/tmp/ward-configuration-\(UInt64.random(in: 0...UInt64.max)).json")

  private func write(_ contents: String, mode: UInt32) throws {
    let directory = try FileDescriptor.open("/tmp", [.readOnly, .directory])
    let file = try directory.open(path.lastPathComponent, [.writeOnly, .create, .exclusive], resolve: .beneath)
    try file.writeAll(Array(contents.utf8))
    try file.setPermissions(mode)
  }

  private func user() throws -> UInt32 { try FileDescriptor.open("/proc/self", .path).status().uid }

  private func remove() throws {
    try FileDescriptor.open("/tmp", [.readOnly, .directory]).remove(path.lastPathComponent)
  }

  @Test func anAbsentFileMeansTheDefaults() throws {
    #expect(try NodeConfiguration.load(from: path) == .default)
  }

  @Test func aFileOfTheOwnerIsRead() throws {
    try write(#"{"policyPCR": 9}"#, mode: 0o644)
    #expect(try NodeConfiguration.load(from: path, owner: user()).policyPCR == 9)
    try remove()
  }

  @Test(arguments: [0o664, 0o646, 0o666] as [UInt32])
  func aFileThatOthersMayWriteIsRefused(mode: UInt32) throws {
    try write("{}", mode: mode)
    let owner = try user()
    #expect {
      try NodeConfiguration.load(from: path, owner: owner)
    } throws: { error in
      if case NodeConfigurationError.untrusted = error { true } else { false }
    }
    try remove()
  }

  @Test func aFileOfAnotherUserIsRefused() throws {
    try write("{}", mode: 0o644)
    let owner = try user() &+ 1
    #expect {
      try NodeConfiguration.load(from: path, owner: owner)
    } throws: { error in
      if case NodeConfigurationError.untrusted = error { true } else { false }
    }
    try remove()
  }

  @Test func errorsNameFileAndPlace() throws {
    try write("{\n  \"tpm\": 1}", mode: 0o600)
    let owner = try user()
    #expect {
      try NodeConfiguration.load(from: path, owner: owner)
    } throws: { error in
      "\(error)" == "\(path):2:10: /tpm: expected string, found number"
    }
    try remove()
  }

  @Test func aDirectoryInItsPlaceIsRefused() throws {
    let owner = try user()
    #expect(throws: NodeConfigurationError.self) { try NodeConfiguration.load(from: "/tmp", owner: owner) }
  }
}
