import Bytes
import Policy
import PolicyAuthoring
import RuntimeSpec
import StrictJSON
import Testing

/// Generates the policy of manifests.
func generate(_ manifests: [(name: String, bytes: [UInt8])], platform: ByteString = "containerd-cri-2") throws -> String
{
  var set = ManifestSet()
  for manifest in manifests { try set.add(manifest.bytes, named: manifest.name) }
  return try PolicyGenerator(set, images: try imageLock(), imageLock: "images.lock", platform: platform).generate()
}

/// Generates the policy of one text.
func generate(_ text: String) throws -> String { try generate([("pod.yaml", Array(text.utf8))]) }

/// A pod of Manifests/examples with the config.json files that containerd 2 wrote for it (Tests/KernelTests/examples.sh).
struct CapturedPod {
  let name: String
  let containers: [String]

  static let all = [
    CapturedPod(name: "inference", containers: ["embed"]), CapturedPod(name: "nginx", containers: ["nginx"]),
    CapturedPod(name: "sidecar", containers: ["proxy", "check", "api"]),
  ]

  func manifest() throws -> [UInt8] { try file("Manifests/examples/\(name)/manifest.yaml") }

  func document(_ container: String) throws -> JSONValue {
    try StrictJSON.parse(try file("Manifests/examples/\(name)/cases/\(container).json"))
  }

  /// The id by the cgroup's path, as containerd sent it.
  func id(_ container: String) throws -> ByteString {
    guard case .object(let document) = try document(container), case .object(let linux)? = document["linux"],
      case .string(let path)? = linux["cgroupsPath"], let id = path.split(UInt8(ascii: "/")).last
    else { throw JSONError(.missing) }
    return id
  }

  /// What runs: the sandbox, and those containers that the others may need.
  func node(_ policy: Policy, running: [ByteString] = ["proxy"]) throws -> [NodeState.Container] {
    let sandbox = try policy.plan(try id("sandbox"), try document("sandbox"))
    guard case .object(let any) = try document(containers[0]), case .object(let linux)? = any["linux"],
      case .array(let namespaces)? = linux["namespaces"], case .object(let network)? = namespaces.last,
      case .string(let path)? = network["path"], let pid = Int32(decimal: path.split(UInt8(ascii: "/"))[2])
    else { throw JSONError(.missing) }
    let helpers = running.filter { policy.containers[$0] != nil }.map {
      NodeState.Container(id: sandbox.id, entry: $0, bindings: sandbox.bindings, status: .running, pid: pid + 1)
    }
    return [
      NodeState.Container(
        id: sandbox.id, entry: sandbox.entry, bindings: sandbox.bindings, status: .running, pid: pid)
    ] + helpers
  }
}
