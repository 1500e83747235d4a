extension Platform {
  /// CRI-O since 1.26 with kubelet.
  ///
  /// CRI-O pins a pod's namespaces as files that it makes before anything runs, and has a container join those. Most
  /// pods have no sandbox for the runtime then, and nothing says to which pod a file belongs: that it is none of the
  /// node's own is all that is known of it. A sandbox is made where the containers share their processes, and for every
  /// pod with `drop_infra_ctr = false`; it has the same files. What CRI-O sends of a pod's annotations it does not
  /// choose; they steer nothing.
  static let crio1 = """
    profile:
      name: crio-1
      container:
        env:
          PATH: {optional: "\(crioPath)"}
          HOSTNAME: {optional: "{pod.name}"}
          TERM: {optional: xterm}
          \(kubernetesVariables)
        replacedEnv: ["PATH=\(crioPath)", TERM=xterm]
        mounts:
        - \(procMount)
        - \(devMount)
        - \(devptsMount)
        - \(mqueueMount)
        - \(sysMount)
        - {destination: /sys/fs/cgroup, type: cgroup, source: cgroup,
           options: ["nosuid,noexec,nodev,relatime,ro"]}
        - {destination: /dev/shm, type: bind, source: \(crioFile("shm")), options: ["rw,bind"],
           force: "nosuid,nodev,noexec"}
        - {destination: /etc/resolv.conf, type: bind, source: \(crioFile("resolv.conf")),
           options: ["rw,bind,nodev,nosuid,noexec", "ro,bind,nodev,nosuid,noexec"],
           force: "ro,nosuid,nodev,noexec"}
        - {destination: /etc/hostname, type: bind, source: \(crioFile("hostname")), options: ["rw,bind", "ro,bind"],
           force: "ro,nosuid,nodev,noexec"}
        - {destination: /run/.containerenv, type: bind, source: \(crioFile(".containerenv")),
           options: ["rw,bind", "ro,bind"], optional: true, discard: true}
        - {destination: /etc/hosts, type: bind, source: \(hostsFile),
           options: [\(crioOptions("rw")), \(crioOptions("ro"))],
           force: "ro,nosuid,nodev,noexec"}
        - {destination: /dev/termination-log, type: bind, source: \(terminationLog),
           options: [\(crioOptions("rw"))], optional: true, force: "ro,nosuid,nodev,noexec"}
        volumes:
        - \(kubeletVolumes(["rbind,rprivate,rw,bind", "rbind,rprivate,ro,bind", "rw,rbind,rprivate,bind", "ro,rbind,rprivate,bind"]))
        - {type: overlay, options: [""],
           source: "lowerdir=/var/lib/containers/storage/overlay/{hex:64}/merged:/var/run/crio/image-volumes"}
        maskedPaths: \(maskedPaths)
        furtherMaskedPaths: [/sys/fs/selinux, /sys/dev/block, \(furtherMasked)]
        readonlyPaths: \(readonlyPaths)
        namespaces: {pid: [new], mount: [new], cgroup: [new, node], \(crioNamespaces)}
        cgroupsPath: \(cgroupsPath(prefix: "crio", directory: "crio-"))
        annotations:
          io.container.manager: cri-o
          io.kubernetes.container.name: "{container.name}"
          io.kubernetes.cri-o.ContainerID: "{container.id}"
          io.kubernetes.cri-o.ContainerType: container
          io.kubernetes.cri-o.SandboxID: "{sandbox.id:hex:64}"
          \(crioPodAnnotations)
        hostname: "{pod.name}"
        oomScoreAdj: [-997, 1000]
        limits: {cpuShares: {optional: [0, 262144]}, cpuQuota: {optional: [0, 1000000000]},
          cpuPeriod: {optional: [0, 100000]}, pids: {optional: [-1, 4194304]},
          memory: {optional: [4194304, 4503599627370496]},
          memorySwap: {optional: [4194304, 4503599627370496]}}
        deviceRules:
        - {allow: false, access: rwm}
      sandbox:
        env: {}
        replacedEnv: []
        volumes: []
        maskedPaths: []
        furtherMaskedPaths: []
        readonlyPaths: []
        mounts:
        - \(procMount)
        - \(devMount)
        - \(devptsMount)
        - \(mqueueMount)
        - \(sysMount)
        - {destination: /dev/shm, type: bind, source: \(crioFile("shm")), options: ["rw,bind"],
           force: "nosuid,nodev,noexec"}
        - {destination: /etc/resolv.conf, type: bind, source: \(crioFile("resolv.conf")),
           options: ["ro,bind,nodev,nosuid,noexec"], force: "ro,nosuid,nodev,noexec"}
        - {destination: /etc/hostname, type: bind, source: \(crioFile("hostname")),
           options: ["ro,bind,nodev,nosuid,noexec"], force: "ro,nosuid,nodev,noexec"}
        annotations:
          io.container.manager: cri-o
          io.kubernetes.container.name: POD
          io.kubernetes.cri-o.ContainerID: "{sandbox.id}"
          io.kubernetes.cri-o.ContainerType: sandbox
          io.kubernetes.cri-o.SandboxID: "{sandbox.id}"
          \(crioPodAnnotations)
        sysctl:
          net.ipv4.ip_unprivileged_port_start: "0"
          net.ipv4.ping_group_range: "0 2147483647"
        oomScoreAdj: [-998, 1000]
        limits:
          cpuShares: {optional: [2, 262144]}
    sandbox:
      args: [/pause]
      env:
        PATH: "\(crioPath)"
        TERM: {optional: xterm}
      user: {uid: 0, gid: 0}
      capabilities: [CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FSETID, CAP_FOWNER, CAP_SETGID, CAP_SETUID, CAP_SETPCAP,
        CAP_NET_BIND_SERVICE, CAP_KILL]
      noNewPrivileges: false
      signals: [9, 15]
    """

  /// The variable that CRI-O puts before all others, those of the image and of the pod with the same name included.
  private static let crioPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

  /// The options of what kubelet has mounted, in the orders of later and of earlier versions.
  private static func crioOptions(_ access: String) -> String {
    "\"rbind,rprivate,\(access),bind\", \"\(access),rbind,rprivate,bind\""
  }

  /// What CRI-O keeps of a pod, under either of its directories.
  private static func crioFile(_ name: String) -> String {
    let paths = ["/run", "/var/run", "/var/lib"].map {
      "\"\($0)/containers/storage/overlay-containers/{sandbox.id:hex:64}/userdata/\(name)\""
    }
    return "{oneOf: [\(paths.joined(separator: ", "))]}"
  }

  /// One name for all the files of a pod.
  private static let crioNamespaces = ["network: net", "ipc: ipc", "uts: uts"].map { kind in
    let names = kind.split(separator: " ")
    return "\(names[0]) [{path: \"/var/run/\(names[1])ns/{pod.namespaces:uuid}\"}]"
  }.joined(separator: ", ")

  private static let crioPodAnnotations = [
    "io.kubernetes.pod.name: \"{pod.name}\"", "io.kubernetes.pod.namespace: \"{pod.namespace}\"",
    "io.kubernetes.pod.uid: \"{pod.uid}\"", "\"{text}\": \"{text}\"",
  ].joined(separator: "\n      ")
}
