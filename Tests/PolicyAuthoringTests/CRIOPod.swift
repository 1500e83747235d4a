import Bytes
import Policy
import PolicyAuthoring
import RuntimeSpec
import StrictJSON

/// A pod of Manifests/examples with the files that CRI-O handed to its runtime; see `Fixtures/crio/README.md`.
struct CRIOPod: CustomStringConvertible {
  let version: String
  /// That of the folder.
  let name: String
  let containers: [String]

  /// CRI-O mounts images as volumes since 1.31.
  static let all =
    ["1.26.4", "1.36.3"].flatMap { version in
      [
        CRIOPod(version: version, name: "nginx", containers: ["nginx"]),
        CRIOPod(version: version, name: "unified", containers: ["nginx"]),
        CRIOPod(version: version, name: "sidecar", containers: ["proxy", "check", "api"]),
        CRIOPod(version: version, name: "shared", containers: ["proxy", "check", "api"]),
      ]
    } + [CRIOPod(version: "1.36.3", name: "inference", containers: ["embed"])]

  static let withSandbox = all.filter { ["sidecar", "shared"].contains($0.name) }

  var description: String { "\(name) of CRI-O \(version)" }

  func document(_ container: String) throws -> JSONValue {
    try StrictJSON.parse(try fixture("crio/\(version)/\(name)/\(container).json"))
  }

  /// By the cgroup's path, as CRI-O sent it.
  func id(_ container: String) throws -> ByteString {
    guard case .object(let document) = try document(container), case .object(let linux)? = document["linux"],
      case .string(let path)? = linux["cgroupsPath"], let id = path.split(UInt8(ascii: "-")).last
    else { throw JSONError(.missing) }
    return id
  }

  func policy() throws -> Policy {
    let example = ["unified": "nginx", "shared": "sidecar"][name] ?? name
    var manifest = try file("Manifests/examples/\(example)/manifest.yaml")
    if name == "shared" {
      let text = String(decoding: manifest, as: UTF8.self)
      let parts = text.split(separator: "  runtimeClassName: ward\n", maxSplits: 1)
      manifest = Array("\(parts[0])  runtimeClassName: ward\n  shareProcessNamespace: true\n\(parts[1])".utf8)
    }
    return try compile(try generate([("manifest.yaml", manifest)], platform: "crio-1")).policy
  }

  /// The sandbox, as it runs.
  func sandbox(_ policy: Policy) throws -> NodeState.Container {
    let plan = try policy.plan(try id("sandbox"), try document("sandbox"))
    return NodeState.Container(
      id: plan.id, entry: plan.entry, bindings: plan.bindings, status: .running, pid: try sandboxProcess())
  }

  /// Where CRI-O made a sandbox, and the sidecar that the others need.
  func node(_ policy: Policy, for container: String) throws -> [NodeState.Container] {
    guard Self.withSandbox.contains(where: { $0.name == name }) else { return [] }
    let sandbox = try sandbox(policy)
    guard container != "proxy" else { return [sandbox] }
    return [
      sandbox,
      NodeState.Container(
        id: sandbox.id, entry: "proxy", bindings: sandbox.bindings, status: .running, pid: nil),
    ]
  }

  /// The process whose namespace the containers join where they share their processes.
  private func sandboxProcess() throws -> Int32 {
    guard case .object(let document) = try document(containers[0]), case .object(let linux)? = document["linux"],
      case .array(let namespaces)? = linux["namespaces"], case .object(let pid)? = namespaces.first
    else { throw JSONError(.missing) }
    guard case .string(let path)? = pid["path"] else { return 100 }
    return Int32(decimal: path.split(UInt8(ascii: "/"))[2]) ?? 100
  }
}
