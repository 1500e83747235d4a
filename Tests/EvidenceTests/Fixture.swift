import Bytes
import Digest
import Foundation
import Signature
import StrictJSON
import Testing

@testable import Evidence

/// A node that measured a bundle and was locked down: what its TPM signed, recorded (Fixtures/make).
enum Fixture {
  static func bytes(_ name: String) throws -> [UInt8] {
    let url = try #require(Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: nil))
    return Array(try Data(contentsOf: url))
  }

  static func evidence() throws -> EvidenceDocument {
    try EvidenceDocument(file: bytes("evidence.json"), named: "evidence.json")
  }

  /// The evidence with other members; nil takes one away.
  static func evidence(_ changes: [ByteString: JSONValue?]) throws -> EvidenceDocument {
    guard case .object(var object) = try evidence().json else { throw JSONError(.missing) }
    for (key, value) in changes { object[key] = value }
    return try EvidenceDocument(json: .object(object))
  }

  /// With the quote of another file, signed as it is.
  static func evidence(quote name: String) throws -> EvidenceDocument {
    try evidence([
      "quote": .base64(ByteString(bytes("\(name).quote"))),
      "signature": .base64(ByteString(bytes("\(name).signature"))),
    ])
  }

  static func key(_ name: String) throws -> VerificationKey { try VerificationKey(pem: bytes("\(name).pem")) }

  static func signers(_ names: [ByteString], required: Int) throws -> Expectations.Signers {
    Expectations.Signers(
      required: required, keys: try names.map { ($0, try PublicKey(pem: bytes("\($0).pub"))) })
  }

  /// All that can be asked of the node, and true of it.
  static func expectations() throws -> Expectations {
    var expected = Expectations(challenge: try bytes("challenge"), key: .keys([try key("ak")]))
    expected.extra = Array("a public key of the node".utf8)
    expected.bundle = HashAlgorithm.sha256.digest(of: try bytes("bundle.json"))
    expected.floor = 7
    expected.signers = try signers(["alice", "bob"], required: 2)
    expected.configuration = HashAlgorithm.sha256.digest(of: try evidence().configuration?.bytes ?? [])
    expected.age = Expectations.Age(seconds: 5, maximum: 60)
    return expected
  }
}

extension EvidenceDocument {
  /// The checks that failed.
  func failures(_ expected: Expectations? = nil) throws -> Set<Verification.Name> {
    let expected = try expected ?? Fixture.expectations()
    return Set(verify(expected).checks.filter { $0.result == .failed }.map(\.name))
  }
}
