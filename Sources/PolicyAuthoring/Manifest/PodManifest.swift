internal import Bytes
internal import StrictJSON

/// What a manifest says of an object beside its specification.
struct MetadataManifest: JSONObjectDecodable {
  var name: ByteString?
  var namespace: ByteString?
  var labels: [ByteString: ByteString] = [:]
  var annotations: [ByteString: ByteString] = [:]

  init() {}

  init(members: inout JSONMembers) throws(JSONError) {
    name = try members.optional("name")
    namespace = try members.optional("namespace")
    labels = try members.optional("labels") ?? [:]
    annotations = try members.optional("annotations") ?? [:]
    try members.passOver(
      "generateName", "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp",
      "deletionGracePeriodSeconds", "ownerReferences", "finalizers", "managedFields", "selfLink")
    let steering: [ByteString] = [
      "container.apparmor.security.beta.kubernetes.io/", "container.seccomp.security.alpha.kubernetes.io/",
      "seccomp.security.alpha.kubernetes.io/", "cdi.k8s.io/",
    ]
    for key in annotations.keys.sorted() where steering.contains(where: key.hasPrefix) {
      throw JSONError(.refused("\(key): it would change the container, and a policy cannot state it")).under(key)
        .under("annotations")
    }
  }
}

/// A pod as a manifest describes it.
struct PodManifest: JSONObjectDecodable {
  let initContainers: [ContainerManifest]
  let containers: [ContainerManifest]
  let volumes: [VolumeManifest]
  let security: SecurityManifest
  let serviceLinks: Bool
  let serviceAccount: ByteString
  let mountsToken: Bool?
  let runtimeClass: ByteString?
  let sharesProcesses: Bool
  let restarts: RestartPolicy

  /// When kubelet starts a container again that has ended.
  enum RestartPolicy: String, JSONEnumeration {
    case always = "Always"
    case onFailure = "OnFailure"
    case never = "Never"
  }

  init(members: inout JSONMembers) throws(JSONError) {
    initContainers = try members.optional("initContainers") ?? []
    containers = try members.required("containers")
    volumes = try members.optional("volumes") ?? []
    security = try members.optional("securityContext", as: SecurityManifest.Pod.self)?.context ?? SecurityManifest()
    serviceLinks = try members.optional("enableServiceLinks") ?? true
    let formerName: ByteString? = try members.optional("serviceAccount")
    serviceAccount = try members.optional("serviceAccountName") ?? formerName ?? "default"
    mountsToken = try members.optional("automountServiceAccountToken")
    runtimeClass = try members.optional("runtimeClassName")
    for key in ["hostNetwork", "hostPID", "hostIPC"] {
      try members.only(false, for: key, because: "a pod never has the node's own namespaces")
    }
    try members.only(true, for: "hostUsers", because: "the platform's pods have no user namespace")
    sharesProcesses = try members.optional("shareProcessNamespace") ?? false
    restarts = try members.optional("restartPolicy") ?? .always
    try members.only(false, for: "setHostnameAsFQDN", because: "the hostname is the pod's name")
    try members.refuse(["hostname", "hostnameOverride"], because: "the hostname is the pod's name")
    try members.refuse(["ephemeralContainers"], because: "each container must be known before")
    try members.refuse(["resourceClaims"], because: "devices by resource claims cannot be stated in a policy")
    try members.refuse(["resources"], because: "limits are those of a container")
    if let system: OperatingSystem = try members.optional("os"), system.name != "linux" {
      throw JSONError(.refused("name: expected linux, found \(system.name)")).under("name").under("os")
    }
    // Who schedules the pod, how long it may run and how it is found: no part of what the runtime is asked for, or
    // the content of files that the platform mounts read-only.
    try members.passOver(
      "terminationGracePeriodSeconds", "activeDeadlineSeconds", "nodeSelector", "nodeName",
      "affinity", "tolerations", "topologySpreadConstraints", "schedulerName", "schedulingGates", "priority",
      "priorityClassName", "preemptionPolicy", "readinessGates", "overhead", "imagePullSecrets", "dnsPolicy",
      "dnsConfig", "hostAliases", "subdomain")
  }

  private struct OperatingSystem: JSONObjectDecodable {
    let name: ByteString

    init(members: inout JSONMembers) throws(JSONError) { name = try members.required("name") }
  }
}

/// A pod's description in an object that makes pods.
struct PodTemplate: JSONObjectDecodable {
  let metadata: MetadataManifest
  let spec: PodManifest

  init(members: inout JSONMembers) throws(JSONError) {
    metadata = try members.optional("metadata") ?? MetadataManifest()
    spec = try members.required("spec")
  }
}
