import Bytes
import Policy
import PolicyAuthoring
import Testing

struct PodmanRefusalTests {
  private static func pod(
    _ container: String = "", pod: String = "", kind: String = "Pod", security: String = "capabilities: {drop: [ALL]}",
    command: String = "[\"true\"]"
  ) -> String {
    let spec = """
      \(pod)
      containers:
      - name: box
        image: localhost/box:latest
        command: \(command)
        securityContext: {runAsUser: 1, runAsGroup: 1, allowPrivilegeEscalation: false, \(security)}
        \(container)
      """
    let indented = { (count: Int) in
      spec.split(separator: "\n").map { String(repeating: " ", count: count) + $0 }.joined(separator: "\n")
    }
    let head = "kind: \(kind)\nmetadata: {name: web}\nspec:\n"
    return switch kind {
    case "Pod": "apiVersion: v1\n" + head + indented(2)
    case "Job": "apiVersion: batch/v1\n" + head + "  template:\n    spec:\n" + indented(6)
    case _: "apiVersion: apps/v1\n" + head + "  template:\n    spec:\n" + indented(6)
    }
  }

  /// A manifest, and what is said of it.
  struct Refusal: CustomStringConvertible {
    let manifest: String
    let text: String
    var description: String { text }
  }

  private static let refused = [
    (pod(kind: "StatefulSet"), "kind: expected one of Pod, Deployment, DaemonSet, Job, found StatefulSet"),
    (pod("lifecycle: {preStop: {exec: {command: [\"true\"]}}}"), "lifecycle: podman kube play cannot do this"),
    (pod("readinessProbe: {exec: {command: [\"true\"]}}"), "readinessProbe: podman kube play cannot do this"),
    (pod("livenessProbe: {httpGet: {port: 80}}"), "livenessProbe: podman kube play cannot do this"),
    (pod("startupProbe: {tcpSocket: {port: 80}}"), "startupProbe: podman kube play cannot do this"),
    (pod("resources: {limits: {nvidia.com/gpu: 1}}"), "limits: podman kube play cannot do this: it counts no GPUs"),
    (pod("args: [$(NAME)]\n  env: [{name: NAME, value: x}]"), "expected no $(NAME) of a variable"),
    (pod(command: "[sh, -c, echo $$]"), "expected no $(NAME) of a variable and no $$"),
    (pod("env: [{name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}]"), "fieldPath: expected metadata.name"),
    (pod("env: [{name: ID, valueFrom: {fieldRef: {fieldPath: metadata.uid}}}]"), "fieldPath: expected metadata.name"),
    (pod(security: "capabilities: {drop: [ALL], add: [NET_RAW]}"), "capabilities: expected drop: [ALL] and nothing"),
    (pod(security: "capabilities: {drop: [CHOWN]}"), "capabilities: expected drop: [ALL] and nothing"),
    (pod(pod: "securityContext: {fsGroup: 5}"), "fsGroup: podman kube play cannot do this"),
    (pod(pod: "volumes: [{name: a, image: {reference: x}}]"), "image: podman kube play cannot do this"),
    (pod(pod: "volumes: [{name: a, downwardAPI: {}}]"), "a: podman kube play cannot do this"),
    (
      pod(pod: "initContainers: [{name: side, image: localhost/box:latest, restartPolicy: Always}]"),
      "restartPolicy: podman kube play cannot do this"
    ),
    (
      pod("envFrom: [{configMapRef: {name: all}}]\n  env: [{name: A, value: x}]")
        + "\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: all}\ndata: {A: other}",
      "A: expected it in env or in envFrom"
    ),
  ].map { Refusal(manifest: $0.0, text: $0.1) }

  @Test(arguments: refused)
  func `what Podman cannot do with a manifest is refused by name`(_ refusal: Refusal) throws {
    let error = #expect(throws: SourceMessage.self) { try generatePodman(refusal.manifest) }
    #expect(error?.description.contains(refusal.text) == true)
  }

  @Test func `what only a newer Podman can do is refused for the older one`() throws {
    let secret = "volumes: [{name: token, secret: {secretName: token}}]"
    for (manifest, text) in [
      (Self.pod(kind: "Job"), "kind: expected one of Pod, Deployment, found Job"),
      (Self.pod(kind: "DaemonSet"), "kind: expected one of Pod, Deployment, found DaemonSet"),
      (Self.pod("volumeMounts: [{name: token, mountPath: /token}]", pod: secret), "secret: expected optional: false"),
    ] {
      _ = try generatePodman(manifest, "podman-5")
      let error = #expect(throws: SourceMessage.self) { try generatePodman(manifest, "podman-4") }
      #expect(error?.description.contains(text) == true)
    }
  }

  @Test func `more pods than one are refused`() {
    let manifest = Self.pod(kind: "Deployment").replacing("spec:\n  template", with: "spec:\n  replicas: 2\n  template")
    let error = #expect(throws: SourceMessage.self) { try generatePodman(manifest) }
    #expect(error?.description.contains("expected one pod, found 2") == true)
  }

  @Test func `a policy without a sandbox is for containers without a pod`() throws {
    let alone = try Platform.named("podman-5")
    #expect(alone.sandbox == nil && !alone.profile.container.namespaces.joinsSandbox)
    let pods = try Platform.named("podman-5", hasPods: true)
    #expect(pods.sandbox != nil && pods.profile.container.namespaces.joinsSandbox)
  }
}
