/// Pods of Podman, for policies with a sandbox: the infra container of each is the sandbox, which the others join.
extension Platform {
  /// The containers of pods of Podman 4, and the infra container that each pod has.
  static let podman4Pods = pods(of: podmanFour)

  /// The containers of pods of Podman 5, and the infra container that each pod has.
  static let podman5Pods = pods(of: podmanFive)

  /// `podman kube play` and `podman pod create`: the infra container stands for the pod, and the others join its
  /// namespaces, by the number of its process, and have its files. Ward's own process is what runs in its place.
  private static func pods(of podman: Podman) -> String {
    let cgroups =
      "{oneOf: [\"/libpod_parent/{pod.id:hex:64}/libpod-{container.id}\", "
      + "\"machine-libpod_pod_{pod.id:hex:64}.slice:libpod:{container.id}\"]}"
    // Kube play of Podman 5 always adds them: without scratch there, what the image has holds.
    let disks = ["/run", "/tmp", "/var/tmp"].map {
      "{destination: \($0), type: tmpfs, source: tmpfs, options: [\"rw,rprivate,nosuid,nodev,tmpcopyup\"], "
        + "optional: true, discard: true}"
    }
    // The annotations of a pod are its author's; they steer nothing.
    let container = PodmanContainer(
      hostname: "{pod.name}", networkFiles: ["container", "sandbox"], memory: "sandbox",
      mounts: podman.name == "podman-4" ? [] : disks,
      namespaces: "{pid: [new], network: [sandbox], ipc: [sandbox], uts: [sandbox], mount: [new], cgroup: [new, node]}",
      cgroups: cgroups,
      annotations: [
        "io.kubernetes.cri-o.ContainerType: container", "io.kubernetes.cri-o.SandboxID: \"{sandbox.id}\"",
        "io.podman.annotations.kube.health.check: \"true\"", "\"{text}\": \"{text}\"",
      ], settings: [])
    // Newer versions have no image for it, and mount the program.
    let catatonit =
      "{destination: /catatonit, type: bind, source: {oneOf: [/usr/bin/catatonit, /usr/libexec/catatonit/catatonit, "
      + "/usr/libexec/podman/catatonit, /usr/lib/podman/catatonit, /usr/local/libexec/podman/catatonit]}, "
      + "options: [\"bind,rprivate,ro,nosuid,nodev\"], optional: true, discard: true}"
    let infra = PodmanContainer(
      hostname: "{pod.name}", networkFiles: ["container"], memory: "container",
      mounts: podman.name == "podman-4" ? [] : [catatonit], namespaces: ownNamespaces, cgroups: cgroups,
      annotations: ["io.podman.annotations.userns: host"], settings: ownSettings("{pod.name}"))
    return """
      profile:
        name: \(podman.name)
        container:
      \(shape(container, podman))
        sandbox:
      \(shape(infra, podman))
      sandbox:
        args: [/catatonit, -P]
        env:
          PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        user: {uid: 0, gid: 0}
        capabilities: [CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_FSETID, CAP_KILL, CAP_NET_BIND_SERVICE, CAP_SETFCAP,
          CAP_SETGID, CAP_SETPCAP, CAP_SETUID, CAP_SYS_CHROOT]
        noNewPrivileges: false
        signals: [9, 15]
      """
  }
}
