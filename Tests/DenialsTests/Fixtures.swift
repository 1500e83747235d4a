import Bytes
import Linux
import PolicyAnalysis
import PolicyAuthoring
import StrictJSON
import Testing

@testable import DecisionLog
@testable import Denials
@testable import Policy

/// The bytes of a file of the repository.
func file(_ path: String, source: String = #filePath) throws -> [UInt8] {
  let repository = ByteString(source).parentPath.parentPath.parentPath
  return try FileDescriptor.contents(of: repository.appending(path: ByteString(path)), limit: 1 << 20)
}

/// The policy of Fixtures/embeddings.yaml.
struct Embeddings {
  let source: PolicySource
  let policy: Policy

  static let lock: ImageLock? = {
    do {
      return try StrictJSON.decode(
        from: try file("Tests/PolicyAuthoringTests/Fixtures/images.lock"), named: "images.lock")
    } catch {
      Issue.record("\(error)")
      return nil
    }
  }()

  static func compile(_ source: PolicySource) throws(SourceMessage) -> Policy {
    try source.compile(images: lock).policy
  }

  init() throws {
    source = try PolicySource(try file("Tests/DenialsTests/Fixtures/embeddings.yaml"), named: "embeddings.yaml")
    policy = try Self.compile(source)
  }

  /// config.json of the pod's container, as containerd writes it.
  static func container() throws -> JSONValue {
    try StrictJSON.parse(try file("Tests/RuntimeSpecTests/Fixtures/containerd-cri/container.json"))
  }

  static let id: ByteString = "c3a1f9e8d7b6a5948372615049382716a5b4c3d2e1f00918273645546372819a"

  /// The record of a command, which holds it.
  static func record(
    _ verb: ByteString, _ request: JSONValue, entry: ByteString? = nil, container: ByteString = id,
    sequence: UInt64 = 1, violations: [DecisionRecord.Reason] = []
  ) throws -> DecisionRecord {
    DecisionRecord(
      sequence: sequence, time: "2026-11-21T10:00:00.000000000Z", verb: verb, container: container, entry: entry,
      pod: "inference/embeddings", outcome: .deny, policy: nil, violations: violations, omitted: 0,
      requestDigest: nil, request: ByteString(CanonicalJSON.encode(request)), denied: sequence, counts: [:], since: nil,
      rate: nil, repaired: 0, previous: ByteString(String(repeating: "0", count: 64)))
  }
}

/// A mistake of Tests/PolicyTests/Fixtures/cases.json.
struct Mistake: Sendable, CustomTestStringConvertible {
  let name: ByteString
  let code: ByteString
  let pointer: ByteString
  let changes: [(JSONPointer, JSONValue?)]
  var testDescription: String { name.description }

  static func all(_ kind: ByteString) throws -> [Mistake] {
    let table = try StrictJSON.parse(try file("Tests/PolicyTests/Fixtures/cases.json"))
    func text(_ value: JSONValue, _ place: JSONPointer) throws -> ByteString {
      try ByteString(json: try #require(value[place]))
    }
    return try [JSONValue](json: #require(table[JSONPointer(tokens: [kind])])).map { entry in
      let changes = try [JSONValue](json: #require(entry["/changes"])).map { change in
        (try #require(JSONPointer(text(change, "/path"))), change["/value"])
      }
      return Mistake(
        name: try text(entry, "/name"), code: try text(entry, "/code"), pointer: try text(entry, "/pointer"),
        changes: changes)
    }
  }

  func apply(to document: JSONValue) -> JSONValue {
    changes.reduce(document) { $0.replacing($1.0, with: $1.1) }
  }
}
