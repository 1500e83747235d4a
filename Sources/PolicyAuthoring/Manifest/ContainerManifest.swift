internal import Bytes
internal import StrictJSON

/// A container of a pod.
struct ContainerManifest: JSONObjectDecodable {
  let name: ByteString
  let image: ByteString
  let command: [ByteString]?
  let args: [ByteString]?
  let workingDirectory: ByteString?
  let variableSources: [VariablesManifest]
  let variables: [VariableManifest]
  let resources: ResourcesManifest
  let mounts: [VolumeMountManifest]
  let probes: [ExecManifest]
  /// The probes that there are, and whether each is a command.
  let probeKeys: [(key: ByteString, isCommand: Bool)]
  let hasLifecycle: Bool
  let security: SecurityManifest
  let stopSignal: ByteString?
  /// Of an init container: it runs beside the others.
  let isSidecar: Bool
  let takesInput: Bool
  let terminal: Bool

  /// A command that kubelet runs in the container.
  struct ExecManifest {
    let name: ByteString
    /// Where it stands in the container.
    let place: [ByteString]
    let command: [ByteString]
    /// Whether kubelet replaces `$(NAME)` in it.
    let expands: Bool
  }

  init(members: inout JSONMembers) throws(JSONError) {
    name = try members.required("name")
    image = try members.required("image")
    command = try members.optional("command")
    args = try members.optional("args")
    workingDirectory = try members.optional("workingDir")
    variableSources = try members.optional("envFrom") ?? []
    variables = try members.optional("env") ?? []
    resources = try members.optional("resources") ?? ResourcesManifest()
    mounts = try members.optional("volumeMounts") ?? []
    security =
      try members.optional("securityContext", as: SecurityManifest.Container.self)?.context
      ?? SecurityManifest()
    isSidecar = try members.optional("restartPolicy", as: RestartPolicy.self) != nil
    takesInput = try members.optional("stdin") ?? false
    terminal = try members.optional("tty") ?? false
    var probes: [ExecManifest] = []
    var probeKeys: [(key: ByteString, isCommand: Bool)] = []
    for (key, name) in [
      ("startupProbe", "startup"), ("livenessProbe", "liveness"), ("readinessProbe", "readiness"),
    ] as [(String, ByteString)] {
      guard let probe: ProbeManifest = try members.optional(key) else { continue }
      probeKeys.append((ByteString(key), probe.command != nil))
      guard let command = probe.command else { continue }
      probes.append(
        ExecManifest(name: name, place: [ByteString(key), "exec", "command"], command: command, expands: true))
    }
    let lifecycle: LifecycleManifest? = try members.optional("lifecycle")
    self.probes = probes + (lifecycle?.hooks ?? [])
    self.probeKeys = probeKeys
    hasLifecycle = lifecycle != nil
    stopSignal = lifecycle?.stopSignal
    try members.only(
      "/dev/termination-log", for: "terminationMessagePath", because: "the platform's mounts know no other place")
    try members.passOver("imagePullPolicy", "ports", "resizePolicy", "terminationMessagePolicy", "stdinOnce")
    try members.refuse(["volumeDevices"], because: "a container gets no block devices")
  }

  /// What an init container says to run beside the others.
  private enum RestartPolicy: String, JSONEnumeration { case always = "Always" }
}

/// A probe; what kubelet asks over the network does not reach the runtime.
private struct ProbeManifest: JSONObjectDecodable {
  let command: [ByteString]?

  init(members: inout JSONMembers) throws(JSONError) {
    command = try members.optional("exec", as: ExecCommand.self)?.command
    try members.passOver(
      "httpGet", "tcpSocket", "grpc", "initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold",
      "failureThreshold", "terminationGracePeriodSeconds")
  }
}

private struct LifecycleManifest: JSONObjectDecodable {
  let hooks: [ContainerManifest.ExecManifest]
  let stopSignal: ByteString?

  init(members: inout JSONMembers) throws(JSONError) {
    var hooks: [ContainerManifest.ExecManifest] = []
    for key in ["postStart", "preStop"] {
      guard let command = try members.optional(key, as: HookManifest.self)?.command else { continue }
      let name = ByteString(key)
      hooks.append(
        ContainerManifest.ExecManifest(
          name: name, place: ["lifecycle", name, "exec", "command"], command: command, expands: false))
    }
    self.hooks = hooks
    stopSignal = try members.optional("stopSignal")
  }
}

private struct HookManifest: JSONObjectDecodable {
  let command: [ByteString]?

  init(members: inout JSONMembers) throws(JSONError) {
    command = try members.optional("exec", as: ExecCommand.self)?.command
    try members.passOver("httpGet", "tcpSocket", "sleep")
  }
}

private struct ExecCommand: JSONObjectDecodable {
  let command: [ByteString]

  init(members: inout JSONMembers) throws(JSONError) { command = try members.required("command") }
}
