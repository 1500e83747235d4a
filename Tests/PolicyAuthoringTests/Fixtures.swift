import Bytes
import Linux
import Policy
import PolicyAuthoring
import RuntimeSpec
import StrictJSON
import Testing

/// The bytes of a file of the repository.
func file(_ path: String, source: String = #filePath) throws -> [UInt8] {
  let repository = ByteString(source).parentPath.parentPath.parentPath
  return try FileDescriptor.contents(of: repository.appending(path: ByteString(path)), limit: 1 << 20)
}

/// The bytes of a file in the folder Fixtures.
func fixture(_ name: String) throws -> [UInt8] { try file("Tests/PolicyAuthoringTests/Fixtures/\(name)") }

/// The images of all the examples.
func imageLock() throws -> ImageLock { try StrictJSON.decode(from: try fixture("images.lock"), named: "images.lock") }

/// Compiles a text with the images of the examples.
func compile(_ text: String) throws -> CompiledPolicy {
  try PolicySource(Array(text.utf8), named: "policy.yaml").compile(images: try imageLock())
}

/// Compiles a policy of Manifests/policies.
func example(_ name: String) throws -> CompiledPolicy {
  try PolicySource(try file("Manifests/policies/\(name).yaml"), named: "\(name).yaml").compile(images: try imageLock())
}

/// The smallest policy of a container, with a container's keys and values added or put in place.
func policy(container: String = "", process: String = "args: [/bin/true]", user: String = "{uid: 1, gid: 1}") -> String
{
  """
  apiVersion: ward/v1
  kind: Policy
  metadata: {name: test, version: 1}
  platform: bare-1
  images: images.lock
  containers:
    shell:
      image: busybox
      \(process)
      user: \(user)
      \(container)
  """
}

/// A refusal where none is expected.
struct NotAdmitted: Error, CustomStringConvertible {
  let violations: [Violation]
  var description: String { violations.map(\.description).joined(separator: "\n") }
}

extension Policy {
  /// The plan of a container, or the reasons against it.
  func plan(_ id: ByteString, _ document: JSONValue, on node: [NodeState.Container] = []) throws -> ContainerPlan {
    let id = try #require(ContainerID(id))
    let request = CreateRequest(id: id, bundle: "/run/bundle", spec: try Spec(json: document))
    let evaluation = evaluate(.create(request), on: NodeState(containers: node))
    guard case .admit(.create(let plan)) = evaluation.outcome else {
      throw NotAdmitted(violations: evaluation.violations)
    }
    return plan
  }
}
