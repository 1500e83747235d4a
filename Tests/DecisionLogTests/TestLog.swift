import Bytes
import Digest
import Foundation
import Linux
import NodeConfiguration
import Policy
import StrictJSON
import Testing

@testable import Attestation
@testable import DecisionLog

/// A log of its own in a directory of its own.
final class TestLog: Sendable {
  let path: String
  let chain: DecisionChain

  init(
    maximumBytes: UInt64 = 16 << 20, commands: NodeConfiguration.DecisionLog.Commands = .redacted
  ) throws {
    path = "/tmp/ward-decisions-\(UInt64.random(in: 0...UInt64.max))"
    chain = DecisionChain(
      directory: ByteString(path), name: "decisions.jsonl", maximumBytes: maximumBytes,
      commands: commands)
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit {
    do { try FileManager.default.removeItem(atPath: path) } catch { Issue.record("\(error)") }
  }

  func contents(_ name: String = "decisions.jsonl") throws -> [UInt8] {
    try FileDescriptor.contents(of: ByteString(path + "/" + name), limit: 1 << 24)
  }

  func put(_ contents: [UInt8], _ name: ByteString = "decisions.jsonl") throws {
    try FileDescriptor.open(ByteString(path), [.readOnly, .directory]).replace(name, with: contents)
  }

  /// What the policy in this mode decides on `start` of a container that is not there.
  static func decision(_ mode: Policy.Mode = .enforce, name: ByteString = "embeddings") throws -> Decision {
    let policy = Policy(name: name, version: 7, mode: mode)
    let id = try #require(ContainerID("c1"))
    return Decision(
      policy: PolicyIdentity(name: name, version: policy.version, digest: HashAlgorithm.sha256.digest(of: [])),
      mode: mode, verb: .start, container: id, evaluation: policy.evaluate(.start(id), on: NodeState(containers: [])))
  }

  @discardableResult
  func append(_ mode: Policy.Mode = .enforce, request: JSONValue? = nil) throws -> UInt64 {
    switch try chain.append(TestLog.decision(mode), request: request) {
    case .admitted(let plan): plan.record
    case .denied(let denial): denial.record.sequence
    }
  }

  static func draft(_ reasons: [DecisionRecord.Reason], entry: ByteString? = nil) throws -> Draft {
    Draft(
      verb: .create, container: try #require(ContainerID("c1")), entry: entry, outcome: .deny,
      policy: .init(PolicyIdentity(name: "p", version: 1, digest: ""), mode: .enforce),
      violations: reasons, omitted: 0, request: nil)
  }
}
