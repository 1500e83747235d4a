import Bytes
import Foundation
import Signature
import StrictJSON
import Testing

private func fixture(_ name: String) throws -> [UInt8] {
  let url = try #require(Bundle.module.url(forResource: name, withExtension: nil, subdirectory: "Fixtures"))
  return Array(try Data(contentsOf: url))
}

private func privateKey(_ name: String) throws -> PrivateKey { try PrivateKey(pem: try fixture("\(name).pem")) }

private func signer(_ name: ByteString, key: String? = nil) throws -> (name: ByteString, key: PublicKey) {
  (name, try PublicKey(pem: try fixture("\(key ?? name.description).pub.pem")))
}

/// Envelopes against keys and signatures that openssl made.
struct EnvelopeTests {
  private let payload = Array("hello".utf8)

  private func signed(by names: [ByteString]) throws -> Envelope {
    var envelope = Envelope(payload)
    for name in names { try envelope.sign(with: try privateKey(name.description), as: name) }
    return envelope
  }

  @Test func `what is signed is the encoding of the specification`() throws {
    let example = Envelope(Array("hello world".utf8), type: "http://example.com/HelloWorld")
    #expect(example.signedBytes == Array("DSSEv1 29 http://example.com/HelloWorld 11 hello world".utf8))
    #expect(Envelope(payload).signedBytes == (try fixture("message")))
  }

  @Test(arguments: ["alice", "carol"] as [ByteString])
  func `a signature of openssl is one of the key's owner`(name: ByteString) throws {
    let signature = ByteString(try fixture("\(name).sig"))
    let message = Envelope(payload).signedBytes
    #expect(try signer(name).key.verifies(signature, of: message))
    #expect(try !signer(name).key.verifies(signature, of: message + [0]))
    #expect(try !signer("bob").key.verifies(signature, of: message))
    for index in signature.bytes.indices {
      var other = signature
      other.bytes[index] ^= 1
      #expect(try !signer(name).key.verifies(other, of: message))
    }
    #expect(try !signer(name).key.verifies(ByteString(signature.bytes.dropLast()), of: message))
    #expect(try !signer(name).key.verifies("", of: message))
  }

  @Test func `an envelope comes back from its file as it was, with each signature`() throws {
    let envelope = try signed(by: ["alice", "bob", "carol"])
    let file = JSONWriter.encodePretty(envelope.json)
    let read: Envelope = try StrictJSON.decode(from: file)
    #expect(read == envelope)
    let signers = try [signer("alice"), signer("bob"), signer("carol")]
    for required in 1...3 {
      #expect(try read.verify(payload, signers: signers, required: required) == ["alice", "bob", "carol"])
    }
  }

  @Test func `a party that signs again replaces its signature`() throws {
    var envelope = try signed(by: ["alice", "carol"])
    try envelope.sign(with: try privateKey("alice"), as: "alice")
    #expect(envelope.signatures.map(\.keyID) == ["carol", "alice"])
  }

  @Test func `strangers count for nothing, and too few signers are told`() throws {
    let signers = try [signer("alice"), signer("bob"), signer("carol")]
    let error = SignatureError.threshold(required: 2, signed: ["alice"], missing: ["bob", "carol"])
    #expect(throws: error) { try signed(by: ["alice"]).verify(payload, signers: signers, required: 2) }
    let two = Array(signers[..<2])
    let strange = try signed(by: ["alice", "carol"])
    #expect(throws: SignatureError.threshold(required: 2, signed: ["alice"], missing: ["bob"])) {
      try strange.verify(payload, signers: two, required: 2)
    }
  }

  @Test func `a wrong signature under a signer's name is an error, however many are right`() throws {
    var envelope = try signed(by: ["alice", "carol"])
    try envelope.sign(with: try privateKey("alice"), as: "bob")
    let signers = try [signer("alice"), signer("bob"), signer("carol")]
    #expect(throws: SignatureError.wrong("bob")) { try envelope.verify(payload, signers: signers, required: 1) }
  }

  @Test func `one party is one signer`() throws {
    let envelope = try signed(by: ["alice"])
    #expect(throws: SignatureError.sameKey("alice", "second")) {
      try envelope.verify(payload, signers: [signer("alice"), signer("second", key: "alice")], required: 1)
    }
    #expect(throws: SignatureError.repeated("alice")) {
      try envelope.verify(payload, signers: [signer("alice"), signer("alice", key: "bob")], required: 1)
    }
    guard case .object(var object) = envelope.json, case .array(let signatures)? = object["signatures"] else {
      throw JSONError(.missing)
    }
    object["signatures"] = .array(signatures + signatures)
    let doubled = try Envelope(json: .object(object))
    #expect(throws: SignatureError.repeated("alice")) {
      try doubled.verify(payload, signers: [signer("alice"), signer("bob")], required: 1)
    }
  }

  @Test func `another payload or type is not what was signed`() throws {
    let envelope = try signed(by: ["alice"])
    let signers = try [signer("alice")]
    #expect(throws: SignatureError.payload) { try envelope.verify(payload + [0], signers: signers, required: 1) }
    #expect(throws: SignatureError.payloadType(expected: "text/plain", found: Envelope.policyType)) {
      try envelope.verify(payload, type: "text/plain", signers: signers, required: 1)
    }
    guard case .object(var object) = envelope.json else { throw JSONError(.missing) }
    object["payloadType"] = "text/plain"
    let relabelled = try Envelope(json: .object(object))
    #expect(throws: SignatureError.wrong("alice")) {
      try relabelled.verify(payload, type: "text/plain", signers: signers, required: 1)
    }
  }

  @Test(arguments: [0, 2, -1])
  func `a number of signers that cannot be is refused`(number: Int) throws {
    let signers = try [signer("alice")]
    #expect(throws: SignatureError.requirement(number, of: 1)) {
      try signed(by: ["alice"]).verify(payload, signers: signers, required: number)
    }
  }

  @Test func `keys of other kinds, with a passphrase, or none are told`() throws {
    #expect(throws: SignatureError.algorithm(found: "one on secp384r1")) { _ = try privateKey("p384").publicKey() }
    #expect(throws: SignatureError.algorithm(found: "one for RSA")) { try signer("rsa") }
    let none = SignatureError.key(expected: "a private key in PEM without a passphrase")
    #expect(throws: none) { _ = try privateKey("locked").publicKey() }
    #expect(throws: none) { _ = try PrivateKey(pem: []).publicKey() }
    #expect(throws: none) { _ = try PrivateKey(pem: try fixture("alice.pub.pem")).publicKey() }
    #expect(throws: SignatureError.key(expected: "a public key in PEM")) {
      try PublicKey(pem: try fixture("alice.pem"))
    }
    #expect(try privateKey("alice").publicKey() == signer("alice").key)
  }

  @Test(arguments: ["", "a b", "a\n", "ä"] as [ByteString])
  func `a name that could be read in two ways is refused`(name: ByteString) throws {
    #expect(throws: SignatureError.name(name)) {
      var envelope = Envelope(payload)
      try envelope.sign(with: try privateKey("alice"), as: name)
    }
  }

  @Test func `an envelope with more or less than the specification says is refused`() throws {
    guard case .object(let object) = try signed(by: ["alice"]).json else { throw JSONError(.missing) }
    for key in ["payload", "payloadType", "signatures"] as [ByteString] {
      var fewer = object
      fewer[key] = nil
      #expect(throws: JSONError.self) { try Envelope(json: .object(fewer)) }
    }
    for (key, value) in [("payload", "aGk"), ("payload", "%"), ("more", true)] as [(ByteString, JSONValue)] {
      var other = object
      other[key] = value
      #expect(throws: JSONError.self) { try Envelope(json: .object(other)) }
    }
  }
}
