import Bytes
import Policy
import PolicyAuthoring
import RuntimeSpec
import StrictJSON
import Testing

/// What a manifest becomes, against what containerd 2.1 wrote for the same pods.
struct GeneratedPolicyTests {
  @Test(arguments: CapturedPod.all)
  func `the policy of a manifest admits each container that containerd makes of it`(pod: CapturedPod) throws {
    let policy = try compile(try generate([("manifest.yaml", try pod.manifest())])).policy
    let node = try pod.node(policy)
    for container in pod.containers {
      let running = node.filter { $0.entry != ByteString(container) }
      let plan = try policy.plan(try pod.id(container), try pod.document(container), on: running)
      #expect(plan.entry == ByteString(container))
    }
  }

  @Test(arguments: ["configmap", "secret", "projected", "downward-api", "empty-dir", "csi"])
  func `a volume that an image stands for may be of each kind of kubelet's that has files of its own`(kind: String)
    throws
  {
    let pod = CapturedPod.all[1]
    let policy = try compile(try generate([("manifest.yaml", try pod.manifest())])).policy
    let text = String(decoding: try file("Manifests/examples/nginx/cases/nginx.json"), as: UTF8.self)
    let other = text.split(separator: "kubernetes.io~configmap").joined(separator: "kubernetes.io~\(kind)")
    let document = try StrictJSON.parse(Array(other.utf8))
    guard kind != "csi" else {
      #expect(throws: NotAdmitted.self) { try policy.plan(try pod.id("nginx"), document, on: try pod.node(policy)) }
      return
    }
    #expect(try policy.plan(try pod.id("nginx"), document, on: try pod.node(policy)).entry == "nginx")
  }

  @Test(arguments: CapturedPod.all)
  func `an example's policy is the one that is generated from its manifest`(pod: CapturedPod) throws {
    let expected = String(decoding: try file("Manifests/examples/\(pod.name)/policy.yaml"), as: UTF8.self)
    #expect(try generate([("manifest.yaml", try pod.manifest())]) == expected)
    // A person goes on with it: as few lines as the manifest has, or nearly so.
    let lines = (expected.split(separator: "\n").count, try pod.manifest().split(separator: 10).count)
    #expect(lines.0 <= lines.1)
  }

  @Test(arguments: ["containerd-cri-1", "bare-1"] as [ByteString])
  func `a platform without pods or without image volumes is refused`(platform: ByteString) throws {
    let manifest = try CapturedPod.all[0].manifest()
    let error = #expect(throws: SourceMessage.self) {
      try generate([("manifest.yaml", manifest)], platform: platform)
    }
    let expected = platform == "bare-1" ? "expected a platform with pods" : "manifest.yaml:48:18: name: expected"
    #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")")
  }

  @Test func `an older containerd is a platform like the newer one`() throws {
    let text = try generate([("manifest.yaml", try CapturedPod.all[1].manifest())], platform: "containerd-cri-1")
    #expect(try compile(text).policy.platform?.container.volumes.count == 1)
  }
}
