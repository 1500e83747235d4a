extension Platform {
  /// containerd 1.6 and 1.7 with kubelet, on x86-64 and arm64.
  static let containerdCRI1 = containerdCRI(
    "containerd-cri-1",
    sandboxMounts: [procMount, devMount, devptsMount, shmMount, mqueueMount, sysMount] + sandboxFiles(["rbind,ro"]),
    sandboxMasked: "[]", sandboxAnnotations: [], imageVolumes: [])

  /// containerd 2 with kubelet. Its sandbox has no second /dev/shm, and its files are mounted with all restrictions.
  static let containerdCRI2 = containerdCRI(
    "containerd-cri-2",
    sandboxMounts: [procMount, devMount, devptsMount, mqueueMount, sysMount]
      + sandboxFiles(["rbind,ro", "rbind,ro,nosuid,nodev,noexec"]),
    sandboxMasked: furtherMaskedPaths,
    sandboxAnnotations: ["io.kubernetes.cri.podsandbox.image-name: \"{text}\""],
    imageVolumes: [
      "{type: bind, source: "
        + "\"/run/containerd/io.containerd.grpc.v1.cri/image-volumes/{sandbox.id:hex:64}/{hex:64}\", "
        + "options: [\"rbind,rprivate,ro\"]}"
    ])

  /// What the CRI plugin adds to a container of a pod, and what it writes for the pod's sandbox.
  private static func containerdCRI(
    _ name: String, sandboxMounts: [String], sandboxMasked: String, sandboxAnnotations: [String],
    imageVolumes: [String]
  ) -> String {
    """
    profile:
      name: \(name)
      container:
        env:
          HOSTNAME: {optional: "{pod.name}"}
          \(kubernetesVariables)
        mounts:
        - \(procMount)
        - \(devMount)
        - \(devptsMount)
        - \(mqueueMount)
        - \(sysMount)
        - {destination: /sys/fs/cgroup, type: cgroup, source: cgroup,
           options: ["nosuid,noexec,nodev,relatime,ro"]}
        - {destination: /etc/hosts, type: bind, source: \(hostsFile),
           options: ["rbind,rprivate,rw", "rbind,rprivate,ro"], force: "ro,nosuid,nodev,noexec"}
        - {destination: /dev/termination-log, type: bind,
           source: \(terminationLog),
           options: ["rbind,rprivate,rw"], optional: true, force: "ro,nosuid,nodev,noexec"}
        - {destination: /etc/hostname, type: bind,
           source: "/var/lib/containerd/io.containerd.grpc.v1.cri/sandboxes/{sandbox.id:hex:64}/hostname",
           options: ["rbind,rprivate,ro", "rbind,rprivate,rw"], force: "ro,nosuid,nodev,noexec"}
        - {destination: /etc/resolv.conf, type: bind,
           source: "/var/lib/containerd/io.containerd.grpc.v1.cri/sandboxes/{sandbox.id:hex:64}/resolv.conf",
           options: ["rbind,rprivate,ro", "rbind,rprivate,rw"], force: "ro,nosuid,nodev,noexec"}
        - {destination: /dev/shm, type: bind,
           source: "/run/containerd/io.containerd.grpc.v1.cri/sandboxes/{sandbox.id:hex:64}/shm",
           options: ["rbind,rprivate,rw"], force: "nosuid,nodev,noexec"}
        volumes:
        - \(kubeletVolumes(["rbind,rprivate,rw", "rbind,rprivate,ro"]))
        \(imageVolumes.map { "- \($0)" }.joined())
        maskedPaths: \(maskedPaths)
        furtherMaskedPaths: \(furtherMaskedPaths)
        readonlyPaths: \(readonlyPaths)
        namespaces:
          pid: [new]
          ipc: [sandbox]
          uts: [sandbox]
          mount: [new]
          network: [sandbox]
          cgroup: [new, node]
        cgroupsPath: \(cgroupsPath(prefix: "cri-containerd"))
        annotations:
          io.kubernetes.cri.container-name: "{container.name}"
          io.kubernetes.cri.container-type: container
          io.kubernetes.cri.image-name: {imageReference: true}
          io.kubernetes.cri.sandbox-id: "{sandbox.id}"
          io.kubernetes.cri.sandbox-name: "{pod.name}"
          io.kubernetes.cri.sandbox-namespace: "{pod.namespace}"
          io.kubernetes.cri.sandbox-uid: "{pod.uid}"
        oomScoreAdj: [-997, 1000]
        limits: \(limits)
        deviceRules:
        - {allow: false, access: rwm}
      sandbox:
        env: {}
        volumes: []
        mounts: [\(sandboxMounts.joined(separator: ", "))]
        furtherMaskedPaths: \(sandboxMasked)
        namespaces:
          pid: [new]
          ipc: [new]
          uts: [new]
          mount: [new]
          network: [{path: "/var/run/netns/cni-{uuid}"}]
          cgroup: [new, node]
        annotations:
          io.kubernetes.cri.container-type: sandbox
          io.kubernetes.cri.sandbox-cpu-period: {range: [0, 1000000]}
          io.kubernetes.cri.sandbox-cpu-quota: {range: [-1, 1000000000]}
          io.kubernetes.cri.sandbox-cpu-shares: {range: [0, 262144]}
          io.kubernetes.cri.sandbox-id: "{sandbox.id}"
          io.kubernetes.cri.sandbox-log-directory: "/var/log/pods/{pod.namespace}_{pod.name}_{pod.uid}"
          io.kubernetes.cri.sandbox-memory: {range: [0, 4503599627370496]}
          io.kubernetes.cri.sandbox-name: "{pod.name}"
          io.kubernetes.cri.sandbox-namespace: "{pod.namespace}"
          io.kubernetes.cri.sandbox-uid: "{pod.uid}"
          \(sandboxAnnotations.joined())
        hostname: "{pod.name}"
        sysctl:
          net.ipv4.ip_unprivileged_port_start: "0"
          net.ipv4.ping_group_range: "0 2147483647"
        oomScoreAdj: [-998, 1000]
        limits:
          cpuShares: {optional: [2, 262144]}
    sandbox:
      args: [/pause]
      env:
        PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
      user: {uid: 65535, gid: 65535}
      capabilities: [CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FSETID, CAP_FOWNER, CAP_MKNOD, CAP_NET_RAW, CAP_SETGID,
        CAP_SETUID, CAP_SETFCAP, CAP_SETPCAP, CAP_NET_BIND_SERVICE, CAP_SYS_CHROOT, CAP_KILL, CAP_AUDIT_WRITE]
      signals: [9, 15]
    """
  }

  /// The files of a sandbox that containerd keeps, mounted with one of the lists of options.
  private static func sandboxFiles(_ options: [String]) -> [String] {
    let lists = options.map { "\"\($0)\"" }.joined(separator: ", ")
    return [("/dev/shm", "/run", "shm"), ("/etc/resolv.conf", "/var/lib", "resolv.conf")].map { place, root, file in
      "{destination: \(place), type: bind, "
        + "source: \"\(root)/containerd/io.containerd.grpc.v1.cri/sandboxes/{sandbox.id:hex:64}/\(file)\", "
        + "options: [\(lists)], force: \"ro,nosuid,nodev,noexec\"}"
    }
  }

  /// What kubelet asks for where the policy says nothing: processor shares and quota, memory.
  private static let limits =
    "{cpuShares: {optional: [2, 262144]}, cpuQuota: {optional: [1000, 1000000000]}, "
    + "cpuPeriod: {optional: 100000}, memory: {optional: [4194304, 4503599627370496]}, "
    + "memorySwap: {optional: [4194304, 4503599627370496]}}"
}
