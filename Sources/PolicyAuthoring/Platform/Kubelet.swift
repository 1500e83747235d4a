/// What kubelet asks for, whichever runtime it calls.
extension Platform {
  /// The variables of the API server's service, which every container gets; one a line of `env` in a profile.
  static let kubernetesVariables = [
    "KUBERNETES_SERVICE_HOST: {optional: \"{ipv4}\"}",
    "KUBERNETES_SERVICE_PORT: {optional: \"{port}\"}",
    "KUBERNETES_SERVICE_PORT_HTTPS: {optional: \"{port}\"}",
    "KUBERNETES_PORT: {optional: \"tcp://{ipv4}:{port}\"}",
    "\"KUBERNETES_PORT_{port}_TCP\": {optional: \"tcp://{ipv4}:{port}\"}",
    "\"KUBERNETES_PORT_{port}_TCP_PROTO\": {optional: tcp}",
    "\"KUBERNETES_PORT_{port}_TCP_PORT\": {optional: \"{port}\"}",
    "\"KUBERNETES_PORT_{port}_TCP_ADDR\": {optional: \"{ipv4}\"}",
  ].joined(separator: "\n      ")

  /// The volumes that kubelet prepares where a policy has scratch or an image, mounted with one of the lists of options.
  static func kubeletVolumes(_ options: [String]) -> String {
    let sources = ["empty-dir", "configmap", "secret", "projected", "downward-api"].map {
      "\"/var/lib/kubelet/pods/{pod.uid}/volumes/kubernetes.io~\($0)/{dnsLabel}\""
    }
    return "{type: bind, source: {oneOf: [\(sources.joined(separator: ", "))]}, "
      + "options: [\(options.map { "\"\($0)\"" }.joined(separator: ", "))]}"
  }

  /// The sources of what kubelet makes for a container itself.
  static let hostsFile = "\"/var/lib/kubelet/pods/{pod.uid}/etc-hosts\""
  static let terminationLog =
    "\"/var/lib/kubelet/pods/{pod.uid}/containers/{container.name}/{hex:8}\""

  /// What kubelet masks besides since 1.31 and since 1.33, and containerd since 1.7.
  static let furtherMaskedPaths = "[\(furtherMasked)]"
  static let furtherMasked =
    "/sys/devices/virtual/powercap, /proc/interrupts, "
    + "\"/sys/devices/system/cpu/cpu{int:0-8191}/thermal_throttle\""

  /// Both cgroup drivers: paths of cgroupfs by quality of service, and `SLICE:PREFIX:NAME` of systemd.
  ///
  /// - Parameters:
  ///   - prefix: by what the runtime's scopes are known.
  ///   - directory: how the name of a directory begins.
  static func cgroupsPath(prefix: String, directory: String = "") -> String {
    let paths = ["/kubepods/", "/kubepods/burstable/", "/kubepods/besteffort/"].map {
      "\($0)pod{pod.uid}/\(directory){container.id}"
    }
    let slices = ["kubepods-", "kubepods-burstable-", "kubepods-besteffort-"].map {
      "\($0)pod{pod.uid:uidEscaped}.slice:\(prefix):{container.id}"
    }
    return "{oneOf: [" + (paths + slices).map { "\"\($0)\"" }.joined(separator: ", ") + "]}"
  }
}
