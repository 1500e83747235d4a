import Bytes
import Policy
import PolicyAuthoring
import StrictJSON
import Testing

/// A pod with one container; further lines of the pod and of the container, and further documents.
func pod(
  _ container: String = "", pod: String = "", security: String = "{runAsUser: 1, runAsGroup: 1}", then: String = ""
)
  -> String
{
  """
  apiVersion: v1
  kind: Pod
  metadata: {name: box, namespace: tests, labels: {tier: back}}
  spec:
    automountServiceAccountToken: false
    enableServiceLinks: false
    \(pod)
    containers:
    - name: box
      image: registry.example.org/api/server:12
      securityContext: \(security)
      \(container)
  \(then)
  """
}

/// What manifests say, as entries of a policy.
struct ManifestTests {
  private func entry(_ manifest: String, _ name: ByteString = "box") throws -> ContainerEntry {
    try #require(try compile(try generate(manifest)).policy.containers[name])
  }

  private func exact(_ values: [ByteString]) -> [Matcher] { values.map(Matcher.exact) }

  @Test func `command and args go before entry point and cmd of the image as in Kubernetes`() throws {
    #expect(try entry(pod()).process.arguments == exact(["/api", "serve"]))
    #expect(try entry(pod("args: [one]")).process.arguments == exact(["one"]))
    #expect(try entry(pod("command: [/x]")).process.arguments == exact(["/x"]))
    #expect(try entry(pod("command: [/x]\n    args: [one]")).process.arguments == exact(["/x", "one"]))
    #expect(try entry(pod()).process.workingDirectory == "/srv")
    #expect(try entry(pod("workingDir: /x")).process.workingDirectory == "/x")
  }

  @Test func `an emptyDir of several containers is a RAM disk of the sandbox`() throws {
    let text = pod(
      """
      volumeMounts: [{name: cache, mountPath: /cache}, {name: own, mountPath: /own}]
        - name: reader
          image: registry.example.org/api/server:12
          securityContext: {runAsUser: 1, runAsGroup: 1}
          volumeMounts: [{name: cache, mountPath: /seen, readOnly: true}]
      """, pod: "volumes: [{name: cache, emptyDir: {sizeLimit: 8Mi}}, {name: own, emptyDir: {}}]")
    let policy = try compile(try generate(text)).policy
    #expect(policy.sandbox?.scratch == ["/shared/cache": ScratchPlan(size: 8 << 20, mode: 0o1777, executable: false)])
    #expect(policy.containers["box"]?.shared == ["/cache": SharedScratch(name: "cache")])
    #expect(policy.containers["box"]?.scratch.keys.sorted() == ["/own"])
    #expect(policy.containers["reader"]?.shared == ["/seen": SharedScratch(name: "cache", isReadOnly: true)])
  }

  @Test func `sysctls are the sandbox's, and what is said of processes and restarts is each container's`() throws {
    let text = pod(
      pod:
        "securityContext: {sysctls: [{name: net.core.somaxconn, value: \"1024\"}]}\n  shareProcessNamespace: true\n"
        + "  restartPolicy: Never")
    let policy = try compile(try generate(text)).policy
    #expect(policy.sandbox?.sysctls == ["net.core.somaxconn": .exact("1024")])
    #expect(policy.containers["box"]?.namespaces == NamespaceRules([.pid: [.sandbox]]))
    #expect(policy.containers["box"]?.restarts == 0)
    #expect(try entry(pod(pod: "restartPolicy: OnFailure")).restarts == nil)
  }

  @Test func `references to variables are those of kubelet`() throws {
    let text = pod(
      "args: [$(A), $$(A), '$(B)-$(C)', $(LANG), '$(', a$]\n    env: [{name: A, value: x}, {name: B, value: $(A)y}]")
    let values: [ByteString] = ["x", "$(A)", "xy-$(C)", "$(LANG)", "$(", "a$"]
    #expect(try entry(text).process.arguments == exact(values))
  }

  @Test func `a value that is known only later is a hole, and the same one wherever it is referred to`() throws {
    let text = pod(
      """
      args: ['http://$(IP):80']
          env:
          - {name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
          - {name: NODE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
          - {name: NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
          - {name: TIER, valueFrom: {fieldRef: {fieldPath: "metadata.labels['tier']"}}}
          - {name: CPU, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}
          - {name: MEMORY, valueFrom: {resourceFieldRef: {resource: requests.memory, divisor: 1Mi}}}
          resources: {limits: {cpu: 1500m, memory: 1Gi}}
      """)
    let process = try entry(text).process
    #expect(process.arguments == [.pattern(try Pattern("http://{IP:ipv4}:80"))])
    #expect(process.environment.exact["IP"] == EnvironmentRule(.pattern(try Pattern("{IP:ipv4}"))))
    #expect(process.environment.exact["NODE"] == EnvironmentRule(.pattern(try Pattern("{dnsName}"))))
    #expect(process.environment.exact["NAME"] == EnvironmentRule(.exact("box")))
    #expect(process.environment.exact["TIER"] == EnvironmentRule(.exact("back")))
    #expect(process.environment.exact["CPU"] == EnvironmentRule(.exact("2")))
    #expect(process.environment.exact["MEMORY"] == EnvironmentRule(.exact("1024")))
  }

  @Test func `ConfigMaps and Secrets among the manifests give exact values`() throws {
    let maps = """
      ---
      apiVersion: v1
      kind: ConfigMap
      metadata: {name: settings, namespace: tests}
      data: {A: "1", B: "two\\nlines"}
      ---
      apiVersion: v1
      kind: Secret
      metadata: {name: keys, namespace: tests}
      data: {K: c2VjcmV0}
      """
    let text = pod(
      """
      envFrom: [{prefix: P_, configMapRef: {name: settings}}]
          env:
          - {name: K, valueFrom: {secretKeyRef: {name: keys, key: K}}}
          - {name: GONE, valueFrom: {configMapKeyRef: {name: settings, key: C, optional: true}}}
          - {name: OTHER, valueFrom: {secretKeyRef: {name: absent, key: K, optional: true}}}
      """, then: maps)
    let variables = try entry(text).process.environment.exact
    #expect(variables["P_A"] == EnvironmentRule(.exact("1")))
    #expect(variables["P_B"] == EnvironmentRule(.exact("two\nlines")))
    #expect(variables["K"] == EnvironmentRule(.exact("secret")))
    #expect(variables["GONE"] == nil)
    #expect(variables["OTHER"] == EnvironmentRule(.pattern(try Pattern("{text}")), isOptional: true))
  }

  @Test func `an account may keep its token from pods, in its own namespace`() throws {
    let text = pod().split(separator: "  automountServiceAccountToken: false\n").joined()
    func with(namespace: String) -> String {
      "\(text)---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: default, namespace: \(namespace)}\n"
        + "automountServiceAccountToken: false\n"
    }
    _ = try entry(with(namespace: "tests"))
    #expect(throws: SourceMessage.self) { try entry(with(namespace: "others")) }
  }

  @Test func `services give variables of their addresses, but those without an address`() throws {
    let services = """
      ---
      apiVersion: v1
      kind: Service
      metadata: {name: my-db, namespace: tests}
      spec: {ports: [{port: 5432}, {name: stats, port: 53, protocol: UDP}]}
      ---
      apiVersion: v1
      kind: Service
      metadata: {name: headless, namespace: tests}
      spec: {clusterIP: None, ports: [{port: 1}]}
      """
    let text = pod(then: services).split(separator: "enableServiceLinks: false").joined(
      separator: "enableServiceLinks: true")
    let variables = try entry(text).process.environment.exact
    #expect(variables.keys.contains { $0.hasPrefix("HEADLESS") } == false)
    #expect(variables["MY_DB_SERVICE_PORT_STATS"] == EnvironmentRule(.exact("53"), isOptional: true))
    let address = try Pattern("udp://{MY_DB:ipv4}:53")
    #expect(variables["MY_DB_PORT_53_UDP"] == EnvironmentRule(.pattern(address), isOptional: true))
    #expect(try !entry(pod(then: services)).process.environment.exact.keys.contains("MY_DB_PORT"))
  }

  @Test func `the user of a pod is also its sandbox's`() throws {
    let policy = try compile(try generate(pod(pod: "securityContext: {runAsUser: 7, runAsGroup: 8}"))).policy
    #expect(policy.sandbox?.process.user == UserRule(uid: 7, gid: 8))
    #expect(policy.containers["box"]?.process.user == UserRule(uid: 1, gid: 1))
    #expect(try compile(try generate(pod())).policy.sandbox?.process.user == UserRule(uid: 65535, gid: 65535))
    let other = pod(pod: "securityContext: {runAsUser: 7}").split(separator: "name: box").joined(
      separator: "name: other")
    let error = #expect(throws: SourceMessage.self) { try generate(pod(then: "---\n" + other)) }
    #expect(error?.description.contains("securityContext: expected the user of the other pods") == true)
  }

  @Test func `rights are those that containerd gives`() throws {
    let process = try entry(pod(pod: "securityContext: {supplementalGroups: [7, 5], fsGroup: 6}")).process
    #expect(process.user == UserRule(uid: 1, gid: 1, groups: [5, 6, 7]))
    #expect(!process.noNewPrivileges)
    #expect(process.capabilities.bounding.nonzeroBitCount == 14)
    let capabilities = "capabilities: {add: [SYS_TIME], drop: [ALL]}"
    let strict = "{runAsUser: 1, runAsGroup: 1, allowPrivilegeEscalation: false, \(capabilities)}"
    let narrow = try entry(pod(security: strict)).process
    #expect(narrow.noNewPrivileges)
    #expect(narrow.capabilities.bounding == 1 << 25)
    #expect(narrow.seccomp == "containerd-default")
  }

  @Test func `probes and hooks are exec entries, once each`() throws {
    let text = pod(
      """
      livenessProbe: {exec: {command: [/h, $(A)]}}
          readinessProbe: {exec: {command: [/h, $(A)]}}
          startupProbe: {httpGet: {path: /, port: 80}}
          lifecycle: {preStop: {exec: {command: [/drain, $(A)]}}}
          env: [{name: A, value: x}]
      """)
    let exec = try entry(text).exec
    #expect(exec.mapValues(\.arguments) == ["liveness": exact(["/h", "x"]), "preStop": exact(["/drain", "$(A)"])])
  }

  @Test func `a probe refers to variables as they are written`() throws {
    let text = pod(
      """
      env: [{name: A, value: x}, {name: B, value: $(A)y}]
          livenessProbe: {exec: {command: [/h, $(B), $(LANG), $$(A)]}}
      """)
    let exec = try entry(text).exec
    #expect(exec["liveness"]?.arguments == exact(["/h", "$(A)y", "$(LANG)", "$(A)"]))
  }

  @Test func `files that are put together come from an image of the volume's name`() throws {
    let sources = """
      [{configMap: {name: a}}, {secret: {name: b}}, {downwardAPI: {items: [
            {path: tier, fieldRef: {fieldPath: "metadata.labels['tier']"}},
            {path: memory, resourceFieldRef: {containerName: box, resource: limits.memory, divisor: 1Mi}}]}}]
      """
    let text = try generate(
      pod(
        "resources: {limits: {memory: 1Gi}}\n    volumeMounts: [{name: web-config, mountPath: /c}]",
        pod: "volumes: [{name: web-config, projected: {sources: \(sources)}}]"))
    #expect(try compile(text).policy.containers["box"]?.volumes["/c"] == "web-config")
    for note in [
      "(ConfigMap a, Secret b,", "whoever has the image knows", "# tier there says \"back\"",
      "# memory there says \"1024\"",
    ] {
      #expect(text.contains(note), "\(text)")
    }
  }

  @Test func `a pod of a StatefulSet knows which one it is`() throws {
    let variable =
      "env: [{name: INDEX, valueFrom: {fieldRef: {fieldPath: \"metadata.labels['apps.kubernetes.io/pod-index']\"}}}]"
    func set(_ kind: String) -> String {
      """
      apiVersion: apps/v1
      kind: \(kind)
      metadata: {name: box}
      spec:
        replicas: 3
        template:
          spec:
            runtimeClassName: ward
            automountServiceAccountToken: false
            containers:
            - name: box
              image: registry.example.org/api/server:12
              securityContext: {runAsUser: 1, runAsGroup: 1}
              \(variable)
      """
    }
    let rule = try entry(set("StatefulSet")).process.environment.exact["INDEX"]
    #expect(rule == EnvironmentRule(.pattern(try Pattern("{int:0-2}"))))
    #expect(throws: SourceMessage.self) { try entry(set("Deployment")) }
  }

  @Test func `choices that hang on the node are told`() throws {
    #expect(try generate(pod()).contains("# no runtimeClassName in the manifest"))
    #expect(try !generate(pod(pod: "runtimeClassName: ward")).contains("runtimeClassName"))
    #expect(try generate(pod()).contains("# appArmorProfile is not Unconfined"))
    #expect(
      try !generate(pod(pod: "securityContext: {appArmorProfile: {type: Unconfined}}")).contains("appArmorProfile"))
  }

  @Test func `init containers come before, and sidecars are needed by who comes after`() throws {
    let text = pod(
      pod: """
        initContainers:
          - name: first
            image: registry.example.org/tools/check:3
            securityContext: {runAsUser: 1, runAsGroup: 1}
          - name: side
            image: registry.example.org/tools/proxy:3
            restartPolicy: Always
            securityContext: {runAsUser: 1, runAsGroup: 1}
          - name: second
            image: registry.example.org/tools/check:3
            securityContext: {runAsUser: 1, runAsGroup: 1}
        """)
    let containers = try compile(try generate(text)).policy.containers
    #expect(containers.mapValues(\.needs) == ["first": [], "side": [], "second": ["side"], "box": ["side"]])
  }

  @Test func `an object that makes pods says how many there are`() throws {
    func workload(_ kind: String, _ version: String, _ fields: String) -> String {
      """
      apiVersion: \(version)
      kind: \(kind)
      metadata: {name: box}
      spec:
        \(fields)
        template:
          spec:
            automountServiceAccountToken: false
            containers:
            - name: box
              image: registry.example.org/api/server:12
              securityContext: {runAsUser: 1, runAsGroup: 1}
      """
    }
    for (kind, version, fields, count) in [
      ("Deployment", "apps/v1", "replicas: 3", 3), ("StatefulSet", "apps/v1", "replicas: 2", 2),
      ("DaemonSet", "apps/v1", "minReadySeconds: 1", 1), ("Job", "batch/v1", "parallelism: 4", 4),
    ] as [(String, String, String, UInt32)] {
      let policy = try compile(try generate(workload(kind, version, fields))).policy
      #expect(policy.containers["box"]?.instances == count)
      #expect(policy.sandbox?.instances == count)
    }
  }

  @Test func `a CronJob's pods are those of its job`() throws {
    let text = """
      apiVersion: batch/v1
      kind: CronJob
      metadata: {name: box}
      spec:
        schedule: "0 * * * *"
        concurrencyPolicy: Forbid
        jobTemplate:
          spec:
            parallelism: 2
            template:
              spec:
                restartPolicy: Never
                automountServiceAccountToken: false
                containers:
                - name: box
                  image: registry.example.org/api/server:12
                  securityContext: {runAsUser: 1, runAsGroup: 1}
      """
    #expect(try entry(text).instances == 2)
    let error = #expect(throws: SourceMessage.self) {
      try generate(text.split(separator: "restartPolicy: Never").joined(separator: "hostPID: true"))
    }
    #expect(error?.description.contains("pod.yaml:12:20: hostPID: expected false") == true)
  }

  @Test func `GPUs of AMD are stated, and not beside those of another vendor`() throws {
    let amd = try entry(pod("resources: {limits: {amd.com/gpu: 1}}")).gpu
    #expect(amd?.vendor == .amd && amd?.count == 1 && amd?.confidentialCompute == .optional)
    let error = #expect(throws: SourceMessage.self) {
      try entry(pod("resources: {limits: {amd.com/gpu: 1, nvidia.com/gpu: 1}}"))
    }
    #expect(error?.description.contains("GPUs of one vendor") == true)
  }

  @Test func `GPUs, signals, streams and terminals are stated`() throws {
    let text = pod(
      "stdin: true\n    tty: true\n    resources: {limits: {nvidia.com/gpu: 2}}\n    lifecycle: {stopSignal: SIGUSR1}")
    let box = try entry(text)
    #expect(box.gpu == GPURule(count: 2, confidentialCompute: .required))
    let taken = EnvironmentRule(.pattern(try Pattern("GPU-{uuid},GPU-{uuid}")), isOptional: true)
    #expect(box.process.environment.exact["NVIDIA_VISIBLE_DEVICES"] == taken)
    #expect(box.signals == [9, 10])
    #expect(box.process.terminal && box.process.streams.input)
    #expect(box.process.environment.exact["TERM"] == EnvironmentRule(.exact("xterm")))
  }
}
