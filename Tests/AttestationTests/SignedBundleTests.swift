import Bytes
import Digest
import Linux
import Measurement
import NodeConfiguration
import Signature
import StrictJSON
import Testing

@testable import Attestation

/// Which bundles a node takes that wants signatures.
@Suite struct SignedBundleTests {
  /// Three parties; the node asks for two of the first two.
  private struct Parties {
    let keys: [ByteString: [UInt8]]
    let configuration: NodeConfiguration

    init(_ node: TestNode) throws {
      var keys: [ByteString: [UInt8]] = [:]
      var members: JSONObject = [:]
      for name in ["alice", "bob", "mallory"] as [ByteString] {
        let path = "\(node.path)/\(name).pem"
        try TestNode.execute("openssl", ["genpkey", "-algorithm", "ed25519", "-out", path])
        keys[name] = try FileDescriptor.contents(of: ByteString(path), limit: 1 << 16)
        if name != "mallory" {
          members[name] = .string(ByteString(try TestNode.execute("openssl", ["pkey", "-in", path, "-pubout"])))
        }
      }
      self.keys = keys
      let text = String(decoding: CanonicalJSON.encode(.object(members)), as: UTF8.self)
      configuration = try node.configuration(with: #""policySigners": {"required": 2, "keys": \#(text)}"#)
    }

    func envelope(of bytes: [UInt8], by names: [(key: ByteString, name: ByteString)]) throws -> [UInt8] {
      var envelope = Envelope(bytes)
      for (key, name) in names {
        try envelope.sign(with: try PrivateKey(pem: keys[key] ?? []), as: name)
      }
      return JSONWriter.encodePretty(envelope.json)
    }
  }

  @Test func aBundleThatEnoughHaveSignedIsMeasuredAndKeptWithItsSignatures() throws {
    let node = try TestNode()
    let parties = try Parties(node)
    let bundle = TestNode.bundle()
    let envelope = try parties.envelope(of: bundle.bytes, by: [("bob", "bob"), ("alice", "alice")])
    let signed = try SignedBundle(bundle, envelope: envelope, parties.configuration)
    #expect(signed.signers == ["bob", "alice"])
    #expect(throws: Never.self) { try signed.measure(parties.configuration, run: node.run) }
    #expect(try node.contents("policy.json.dsse") == envelope)
  }

  @Test func everythingElseIsRefusedBeforeAnythingChanges() throws {
    let node = try TestNode()
    let parties = try Parties(node)
    let bundle = TestNode.bundle()
    let other = TestNode.bundle(version: 8).bytes
    let both: [(ByteString, ByteString)] = [("alice", "alice"), ("bob", "bob")]
    let cases: [(String, [UInt8]?)] = [
      ("found no envelope", nil),
      ("found 1 (alice)", try parties.envelope(of: bundle.bytes, by: [("alice", "alice")])),
      ("found 1 (alice)", try parties.envelope(of: bundle.bytes, by: [("alice", "alice"), ("mallory", "mallory")])),
      ("signature of bob", try parties.envelope(of: bundle.bytes, by: [("alice", "alice"), ("mallory", "bob")])),
      ("another bundle", try parties.envelope(of: other, by: both)),
      ("expected", Array("{}".utf8)),
    ]
    for (reason, envelope) in cases {
      #expect {
        try node.measure(bundle, envelope: envelope, parties.configuration)
      } throws: { error in
        "\(error)".contains(reason)
      }
    }
    #expect(try node.values(8).allSatisfy { $1 == $0.zero })
    #expect(try node.directory().entries().isEmpty)
  }

  @Test func aNodeWithoutSignersTakesNoSignaturesOfAnotherBundle() throws {
    let node = try TestNode()
    let parties = try Parties(node)
    let bundle = TestNode.bundle()
    let other = try parties.envelope(of: TestNode.bundle("other").bytes, by: [("alice", "alice")])
    #expect(throws: MeasurementError.signature(.payload)) { try node.measure(bundle, envelope: other) }
    #expect(throws: Never.self) {
      try node.measure(bundle, envelope: try parties.envelope(of: bundle.bytes, by: [("mallory", "mallory")]))
    }
  }

  @Test(arguments: [
    #"{"required": 0, "keys": {"a": "x"}}"#, #"{"required": 2, "keys": {"a": "x"}}"#, #"{"keys": {"a": "x"}}"#,
    #"{"required": 1, "keys": {}}"#, #"{"required": 1, "keys": {"a": "x"}, "optional": 1}"#,
  ]) func aConfigurationThatAsksForWhatCannotBeIsRefused(signers: String) throws {
    #expect(throws: JSONError.self) {
      let _: NodeConfiguration = try StrictJSON.decode(from: Array(#"{"policySigners": \#(signers)}"#.utf8))
    }
  }
}
