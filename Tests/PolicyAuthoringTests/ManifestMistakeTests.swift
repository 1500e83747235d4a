import PolicyAuthoring
import Testing

/// What a policy cannot express is refused by name at its place, and never left out.
struct ManifestMistakeTests {
  struct Mistake: CustomTestStringConvertible {
    let manifest: String
    let message: String
    var testDescription: String { message }
  }

  private static func inContainer(_ line: String, _ message: String) -> Mistake {
    Mistake(manifest: pod(line), message: message)
  }

  private static func inPod(_ line: String, _ message: String) -> Mistake {
    Mistake(manifest: pod(pod: line), message: message)
  }

  private static func security(_ text: String, _ message: String) -> Mistake {
    Mistake(manifest: pod(security: text), message: message)
  }

  private static let mistakes = [
    inContainer("unheardOf: 1", "pod.yaml:12:5: unknown key \"unheardOf\""),
    inContainer("volumeDevices: []", "pod.yaml:12:20: volumeDevices: a container gets no block devices"),
    inContainer("restartPolicy: Always", "pod.yaml:12:20: restartPolicy: expected it at init containers alone"),
    inContainer("terminationMessagePath: /x", "pod.yaml:12:29: terminationMessagePath: expected /dev/termination-log"),
    inContainer(
      "resources: {limits: {hugepages-2Mi: 1}}", "pod.yaml:12:41: hugepages-2Mi: expected one of memory, cpu"),
    inContainer("resources: {claims: []}", "pod.yaml:12:25: claims: devices by resource claims"),
    inContainer("resources: {limits: {cpu: 5m}}", "pod.yaml:12:31: cpu: expected at least 10m"),
    inContainer("volumeMounts: [{name: x, mountPath: /x}]", "pod.yaml:12:27: expected name: a volume of the pod"),
    inContainer(
      "env: [{name: A, valueFrom: {configMapKeyRef: {name: x, key: k}}}]",
      "pod.yaml:12:65: configMapKeyRef: expected the ConfigMap x among the manifests"),
    inContainer("envFrom: [{secretRef: {name: x}}]", "pod.yaml:12:34: secretRef: expected the Secret x"),
    inContainer(
      "env: [{name: A, valueFrom: {fieldRef: {fieldPath: status.phase}}}]",
      "pod.yaml:12:55: fieldPath: expected a field that a variable can hold, found status.phase"),
    inContainer("env: [{name: 'A=', value: x}]", "pod.yaml:12:18: expected a name of letters"),
    inContainer("args: [$(DB_SERVICE_HOST)]", "pod.yaml:12:12: expected a variable that is known here"),
    inContainer("lifecycle: {preStop: {unheardOf: {}}}", "pod.yaml:12:27: unknown key \"unheardOf\""),
    inPod("hostNetwork: true", "pod.yaml:7:16: hostNetwork: expected false, found true"),
    inPod("hostPID: true", "pod.yaml:7:12: hostPID: expected false"),
    inPod("hostUsers: false", "pod.yaml:7:14: hostUsers: expected true"),
    inPod("hostname: other", "pod.yaml:7:13: hostname: the hostname is the pod's name"),
    inPod("resourceClaims: []", "pod.yaml:7:19: resourceClaims: "),
    inPod("volumes: [{name: x, hostPath: {path: /}}]", "pod.yaml:7:33: hostPath: a container sees verified images"),
    inPod("volumes: [{name: x, persistentVolumeClaim: {claimName: data}}]", "persistentVolumeClaim: a container sees"),
    inPod("volumes: [{name: x, csi: {driver: disk}}]", "csi: a container sees verified images and RAM disks alone"),
    inPod("volumes: [{name: x, projected: {}}]", "pod.yaml:7:23: expected the key \"sources\""),
    inPod(
      "volumes: [{name: x, projected: {sources: [{serviceAccountToken: {path: t}}]}}]",
      "pod.yaml:7:67: serviceAccountToken: it changes while the pod runs"),
    inPod(
      "volumes: [{name: x, projected: {sources: [{configMap: {name: a}, secret: {name: b}}]}}]",
      "expected one of configMap, secret and downwardAPI"),
    inPod(
      "volumes: [{name: x, downwardAPI: {items: [{path: ip, fieldRef: {fieldPath: metadata.uid}}]}}]",
      "pod.yaml:7:45: expected what is known before the pod runs, as the file ip lies in an image"),
    inPod(
      "volumes: [{name: x, projected: {sources: [{downwardAPI: {items: [{path: node, fieldRef: {fieldPath: spec.nodeName}}]}}]}}]",
      "expected what is known before the pod runs, as the file node lies in an image"),
    inPod(
      "volumes: [{name: x, downwardAPI: {items: [{path: c, resourceFieldRef: {resource: limits.cpu}}]}}]",
      "containerName: a container of the pod"),
    inContainer("livenessProbe: {exec: {command: []}}", "command: expected at least the program"),
    inContainer(
      "env: [{name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}]\n"
        + "    livenessProbe: {exec: {command: [/h, $(IP)]}}",
      "pod.yaml:13:42: expected a variable that is known here, found $(IP)"),
    inContainer(
      "volumeMounts: [{name: c, mountPath: /c, subPath: a}]", "subPath: a volume of a policy is mounted as a whole"),
    inContainer(
      "resources: {limits: {nvidia.com/mig-1g.5gb: 1}}", "nvidia.com/mig-1g.5gb: expected one of memory, cpu"),
    inPod("volumes: [{name: x, emptyDir: {medium: HugePages}}]", "pod.yaml:7:42: medium: expected Memory"),
    inPod("restartPolicy: Sometimes", "pod.yaml:7:18: expected Always|OnFailure|Never"),
    inPod(
      "securityContext: {sysctls: [{name: vm.swappiness, value: \"1\"}]}",
      "expected a parameter of a network, IPC or UTS namespace"),
    inPod("securityContext: {runAsGroup: 1}", "pod.yaml:7:33: runAsGroup: expected runAsUser beside it"),
    inPod("unheardOf: 1", "pod.yaml:7:3: unknown key \"unheardOf\""),
    security("{runAsUser: 1}", "pod.yaml:11:5: runAsGroup: expected a number"),
    security(
      "{runAsUser: 0, runAsGroup: 0, runAsNonRoot: true}", "pod.yaml:11:66: runAsNonRoot: expected another user"),
    security("{privileged: true}", "pod.yaml:11:35: privileged: expected false"),
    security("{procMount: Unmasked}", "pod.yaml:11:34: procMount: expected Default, found Unmasked"),
    security("{capabilities: {add: [ALL]}}", "expected a capability, found \"CAP_ALL\""),
    security("{appArmorProfile: {type: RuntimeDefault}}", "pod.yaml:11:47: type: expected Unconfined"),
    security("{seccompProfile: {type: Localhost, localhostProfile: x}}", "type: expected RuntimeDefault or Unconfined"),
    security("{seLinuxOptions: {}}", "pod.yaml:11:39: seLinuxOptions: Ward sets no SELinux labels"),
  ]

  @Test(arguments: mistakes)
  func `a mistake is told with its place`(mistake: Mistake) {
    let error = #expect(throws: SourceMessage.self) { try generate(mistake.manifest) }
    let text = error?.description ?? ""
    #expect(text.contains(mistake.message), "\(text)")
  }

  @Test func `all that is wrong is told in one run, in the order of the text`() throws {
    let text = """
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: web}
      spec:
        template:
          spec:
            hostNetwork: true
            volumes:
            - {name: data, persistentVolumeClaim: {claimName: data}}
            - {name: host, hostPath: {path: /}}
            containers:
            - {name: web, image: web, securityContext: {privileged: true}, volumeDevices: []}
            - {name: log, image: log, unheardOf: 1, terminationMessagePath: /x}
      ---
      apiVersion: v1
      kind: Unheard
      """
    let error = try #require(throws: SourceMessage.self) { try generate(text) }
    let expected = [
      "7:20: hostNetwork", "9:45: persistentVolumeClaim", "10:32: hostPath", "12:63: privileged",
      "12:85: volumeDevices", "13:33: unknown key \"unheardOf\"", "13:71: terminationMessagePath",
      "16:7: expected an object that makes pods",
    ]
    #expect(error.each.count == expected.count)
    for (message, start) in zip(error.each, expected) {
      #expect(message.description.hasPrefix("pod.yaml:\(start)"), "\(message)")
    }
  }

  @Test func `so is what the policy cannot express`() throws {
    let text = pod(
      "volumeMounts: [{name: x, mountPath: /x}]\n    resources: {limits: {cpu: 5m}}\n    env: [{name: A, value: $(B)},"
        + " {name: C, valueFrom: {fieldRef: {fieldPath: status.phase}}}]\n  - {name: other, image: nowhere}",
      security: "{runAsUser: 1}"
    ).replacing("automountServiceAccountToken: false", with: "restartPolicy: Never")
    let error = try #require(throws: SourceMessage.self) { try generate(text) }
    let messages = error.each.map(\.message)
    for part in [
      "automountServiceAccountToken: ", "runAsGroup: ", "expected name: a volume of the pod", "cpu: expected at least",
      "fieldPath: ", "expected image: a reference of the lock file",
    ] {
      #expect(messages.contains { $0.contains(part) }, "\(part) in \(messages)")
    }
    #expect(messages.count == 6)
  }

  @Test func `what several steps need is told once`() throws {
    let error = try #require(throws: SourceMessage.self) {
      try generate(pod(security: "{runAsGroup: 1}").replacing("api/server:12", with: "tools/named:1"))
    }
    #expect(error.each.map(\.message).filter { $0.contains("runAsUser: expected a number") }.count == 1)
  }

  @Test func `objects that say nothing of a container are named`() throws {
    let text = pod() + "\n---\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\n"
    #expect(try generate(text).contains("# Not looked at, as it says nothing of a container: PersistentVolumeClaim."))
  }

  @Test func `objects that are no part of a pod are told`() throws {
    for (text, message) in [
      ("apiVersion: v1\nkind: PersistentVolume", "pod.yaml:2:7: expected an object that makes pods"),
      ("apiVersion: apps/v1\nkind: Pod\nmetadata: {name: x}\nspec: {containers: []}", "pod.yaml:1:13: expected v1"),
      (
        String(repeating: "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n", count: 2),
        "pod.yaml:8:18: name: expected each object once, found x again"
      ),
      ("apiVersion: v1\nkind: Namespace\nmetadata: {name: x}", "expected one of Pod, Deployment"),
    ] {
      let error = #expect(throws: SourceMessage.self) { try generate(text) }
      #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    }
  }

  @Test func `what depends on something else that is missing is told`() throws {
    let token = pod().replacing("automountServiceAccountToken: false", with: "restartPolicy: Never")
    let image = pod().replacing("server:12", with: "server:13")
    let named = pod(security: "{runAsGroup: 1}").replacing("api/server:12", with: "tools/named:1")
    let config = pod("volumeMounts: [{name: c, mountPath: /c}]", pod: "volumes: [{name: c, configMap: {name: other}}]")
    let composed = pod(
      "volumeMounts: [{name: c, mountPath: /c}]",
      pod: "volumes: [{name: c, projected: {sources: [{configMap: {name: a}}, {secret: {name: b}}]}}]")
    let shared =
      pod(
        "volumeMounts: [{name: c, mountPath: /c}, {name: c, mountPath: /d}]", pod: "volumes: [{name: c, emptyDir: {}}]")
      + "---\n"
      + pod(
        "volumeMounts: [{name: c, mountPath: /c, readOnly: true}]",
        pod: "volumes: [{name: c, emptyDir: {sizeLimit: 1Mi}}]"
      ).replacing("name: box", with: "name: other")
    for (text, message) in [
      (token, "pod.yaml:4:1: automountServiceAccountToken: expected false"),
      (
        image,
        "pod.yaml:10:12: expected image: a reference of the lock file, found \"registry.example.org/api/server:13\", did"
      ),
      (named, "runAsUser: expected a number, as the image's user is a name, service"),
      (config, "name: expected an image other in the lock file with the files of the ConfigMap"),
      (shared, "name: expected the size of the other pods' c, or another name"),
      (composed, "name: expected an image c in the lock file with the files of the volume (ConfigMap a, Secret b)"),
    ] {
      let error = #expect(throws: SourceMessage.self) { try generate(text) }
      #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    }
  }
}

extension String {
  fileprivate func replacing(_ old: String, with new: String) -> String {
    split(separator: old, omittingEmptySubsequences: false).joined(separator: new)
  }
}
