extension Platform {
  /// Podman 4 as root: containers without a pod.
  static let podman4 = podman(
    "podman-4", devOptions: ["nosuid,noexec,strictatime,mode=755,size=65536k"], writable: "rw,", masked: "",
    annotations: [
      "io.kubernetes.cri-o.Created: \"{text}\"", "io.kubernetes.cri-o.TTY: {oneOf: [\"true\", \"false\"]}",
      "io.podman.annotations.init: \"FALSE\"", "io.podman.annotations.privileged: \"FALSE\"",
      "io.podman.annotations.publish-all: {oneOf: [\"TRUE\", \"FALSE\"]}",
    ])

  /// Podman 5 as root: containers without a pod.
  static let podman5 = podman(
    "podman-5",
    devOptions: ["nosuid,strictatime,mode=755,size=65536k", "nosuid,strictatime,mode=755,size=65536k,ro"],
    writable: "", masked: ", /sys/devices/virtual/powercap",
    annotations: [
      "io.podman.annotations.pids-limit: \"{int:1-4194304}\"",
      "org.systemd.property.KillSignal: \"{int:1-64}\"",
      "org.systemd.property.TimeoutStopUSec: \"uint64 {int:0-18446744073709551615}\"",
    ])

  /// - Parameters:
  ///   - writable: how the options of volumes begin that may be written.
  ///   - masked: what every container masks besides.
  private static func podman(
    _ name: String, devOptions: [String], writable: String, masked: String, annotations: [String]
  ) -> String {
    """
    profile:
      name: \(name)
      container:
        env:
          HOME: {optional: {oneOf: ["", /, /root]}}
          HOSTNAME: {optional: "{hostname:dnsName}"}
          TERM: {optional: xterm}
          container: {optional: podman}
        mounts:
        - \(procMount)
        - {destination: /dev, type: tmpfs, source: tmpfs,
           options: [\(devOptions.map { "\"\($0)\"" }.joined(separator: ", "))]}
        - \(sysMount)
        - \(devptsMount)
        - \(mqueueMount)
        - \(userdata("/etc/hosts", "/run/containers", "hosts"))
        - \(userdata("/etc/hostname", "/run/containers", "hostname"))
        - \(userdata("/etc/resolv.conf", "/run/containers", "resolv.conf", optional: true))
        - \(userdata("/run/.containerenv", "/run/containers", ".containerenv", optional: true, use: "discard: true"))
        - \(userdata("/etc/passwd", "/var/lib/containers", "passwd", optional: true, use: "discard: true"))
        - \(userdata("/etc/group", "/var/lib/containers", "group", optional: true, use: "discard: true"))
        - {destination: /dev/shm, type: bind, source: \(storage("/var/lib/containers", "shm")),
           options: ["bind,rprivate,nosuid,noexec,nodev", "bind,rprivate,ro,nosuid,noexec,nodev,nosuid,noexec,nodev"],
           force: "nosuid,nodev,noexec"}
        - {destination: /sys/fs/cgroup, type: cgroup, source: cgroup,
           options: ["rprivate,nosuid,noexec,nodev,relatime,ro"]}
        volumes:
        - {type: tmpfs, source: tmpfs, options: ["rw,rprivate,nosuid,nodev,tmpcopyup"\(
             writable.isEmpty ? ", \"rprivate,nosuid,nodev,tmpcopyup\"" : "")]}
        - {type: bind, source: "/var/lib/containers/storage/volumes/{id}/_data",
           options: ["\(writable)rprivate,nosuid,nodev,rbind", "ro,rprivate,nosuid,nodev,rbind"]}
        maskedPaths: [/proc/acpi, /proc/kcore, /proc/keys, /proc/latency_stats, /proc/timer_list, /proc/timer_stats,
          /proc/sched_debug, /proc/scsi, /sys/firmware, /sys/fs/selinux\(masked)]
        furtherMaskedPaths: [/sys/dev/block, \(furtherMasked)]
        readonlyPaths: [/proc/asound, /proc/bus, /proc/fs, /proc/irq, /proc/sys, /proc/sysrq-trigger]
        namespaces:
          pid: [new]
          network: [new, {path: "/run/netns/netns-{uuid}"}]
          ipc: [new]
          uts: [new]
          mount: [new]
          cgroup: [new, node]
        cgroupsPath: {oneOf: ["/libpod_parent/libpod-{container.id}", "machine.slice:libpod:{container.id}"]}
        annotations:
          io.container.manager: libpod
          io.podman.annotations.apparmor: unconfined
          io.podman.annotations.autoremove: {oneOf: ["TRUE", "FALSE"]}
          io.podman.annotations.seccomp: "{text}"
          "org.opencontainers.image.{id}": "{text}"
          \(annotations.joined(separator: "\n      "))
        hostname: "{hostname:dnsName}"
        apparmorUnconfined: true
        sysctl:
          net.ipv4.ping_group_range: "0 0"
        furtherRlimits:
          RLIMIT_NOFILE: [1024, 1048576]
          RLIMIT_NPROC: [1024, 4194304]
        limits: {pids: {optional: 2048}, cpuShares: {optional: [2, 262144]},
          cpuQuota: {optional: [1000, 1000000000]}, cpuPeriod: {optional: 100000},
          memory: {optional: [4194304, 4503599627370496]},
          memorySwap: {optional: [4194304, 4503599627370496]},
          memoryReservation: {optional: [4194304, 4503599627370496]}}
        deviceRules:
        - {allow: false, access: rwm}
    """
  }

  /// A file that Podman writes for the container.
  private static func userdata(
    _ place: String, _ root: String, _ file: String, optional: Bool = false,
    use: String = "force: \"ro,nosuid,nodev,noexec\""
  ) -> String {
    "{destination: \(place), type: bind, source: \(storage(root, file)), "
      + "options: [\"bind,rprivate\", \"bind,rprivate,ro,nosuid,noexec,nodev\"], optional: \(optional), \(use)}"
  }

  /// Where Podman keeps what belongs to a container, with either of the storage drivers.
  private static func storage(_ root: String, _ file: String) -> String {
    let paths = ["overlay", "vfs"].map {
      "\"\(root)/storage/\($0)-containers/{container.id:hex:64}/userdata/\(file)\""
    }
    return "{oneOf: [\(paths.joined(separator: ", "))]}"
  }
}
