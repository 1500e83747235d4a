extension Platform {
  /// Podman 4 as root: containers without a pod.
  static let podman4 = profile(of: podmanFour)

  /// Podman 5 as root: containers without a pod.
  static let podman5 = profile(of: podmanFive)

  static let podmanFour = Podman(
    name: "podman-4", devOptions: ["nosuid,noexec,strictatime,mode=755,size=65536k"], writable: ["rw,"], masked: "",
    annotations: [
      "io.kubernetes.cri-o.Created: \"{text}\"", "io.kubernetes.cri-o.TTY: {oneOf: [\"true\", \"false\"]}",
      "io.podman.annotations.init: \"FALSE\"", "io.podman.annotations.privileged: \"FALSE\"",
      "io.podman.annotations.publish-all: {oneOf: [\"TRUE\", \"FALSE\"]}",
    ])

  // Between 5.4 and 5.8 it ceased to say `rw` of volumes.
  static let podmanFive = Podman(
    name: "podman-5",
    devOptions: ["nosuid,strictatime,mode=755,size=65536k", "nosuid,strictatime,mode=755,size=65536k,ro"],
    writable: ["", "rw,"], masked: ", /sys/devices/virtual/powercap",
    annotations: [
      "io.podman.annotations.pids-limit: \"{int:1-4194304}\"",
      "org.systemd.property.KillSignal: \"{int:1-64}\"",
      "org.systemd.property.TimeoutStopUSec: \"uint64 {int:0-18446744073709551615}\"",
    ])

  /// What a version of Podman writes.
  struct Podman {
    let name: String
    let devOptions: [String]
    /// How the options of volumes begin that may be written.
    let writable: [String]
    /// What every container masks besides.
    let masked: String
    let annotations: [String]
  }

  /// Where a container and its files come from: those of the pod's infra container, or its own.
  struct PodmanContainer {
    let hostname: String
    /// Whose network files and shared memory it has.
    let networkFiles: [String]
    let memory: String
    var mounts: [String] = []
    let namespaces: String
    let cgroups: String
    var annotations: [String] = []
    /// What it sets in namespaces of its own.
    let settings: [String]
  }

  static let ownNamespaces =
    "{pid: [new], network: [new, {path: \"/run/netns/netns-{uuid}\"}], ipc: [new], uts: [new], mount: [new], "
    + "cgroup: [new, node]}"

  static func ownSettings(_ hostname: String) -> [String] {
    ["hostname: \"\(hostname)\"", "sysctl: {net.ipv4.ping_group_range: \"0 0\"}"]
  }

  private static func profile(of podman: Podman) -> String {
    let alone = PodmanContainer(
      hostname: "{hostname:dnsName}", networkFiles: ["container"], memory: "container", namespaces: ownNamespaces,
      cgroups: "{oneOf: [\"/libpod_parent/libpod-{container.id}\", \"machine.slice:libpod:{container.id}\"]}",
      settings: ownSettings("{hostname:dnsName}"))
    return """
      profile:
        name: \(podman.name)
        container:
      \(shape(alone, podman))
      """
  }

  /// The members of a shape, below `profile` and its kind of container.
  static func shape(_ container: PodmanContainer, _ podman: Podman) -> String {
    let devOptions = podman.devOptions.map { "\"\($0)\"" }.joined(separator: ", ")
    let lists = podman.writable.map { "\"\($0)rprivate,nosuid,nodev" }
    // RAM disks say `rw` unless newer versions take them from the manifest.
    let disks = Set(lists + ["\"rw,rprivate,nosuid,nodev"]).sorted().map { $0 + ",tmpcopyup\"" }
    let volumes = lists.map { $0 + ",rbind\"" } + ["\"ro,rprivate,nosuid,nodev,rbind\""]
    // The order holds where one place lies beneath another.
    let mounts =
      container.mounts + [
        procMount, "{destination: /dev, type: tmpfs, source: tmpfs, options: [\(devOptions)]}", sysMount, devptsMount,
        mqueueMount, userdata("/etc/hosts", "/run/containers", of: container.networkFiles, "hosts"),
        userdata("/etc/hostname", "/run/containers", "hostname"),
        userdata("/etc/resolv.conf", "/run/containers", of: container.networkFiles, "resolv.conf", optional: true),
        userdata("/run/.containerenv", "/run/containers", ".containerenv", optional: true, use: "discard: true"),
        userdata("/etc/passwd", "/var/lib/containers", "passwd", optional: true, use: "discard: true"),
        userdata("/etc/group", "/var/lib/containers", "group", optional: true, use: "discard: true"),
        "{destination: /dev/shm, type: bind, source: \(storage("/var/lib/containers", of: [container.memory], "shm")), "
          + "options: [\"bind,rprivate,nosuid,noexec,nodev\", "
          + "\"bind,rprivate,ro,nosuid,noexec,nodev,nosuid,noexec,nodev\"], force: \"nosuid,nodev,noexec\"}",
        "{destination: /sys/fs/cgroup, type: cgroup, source: cgroup, "
          + "options: [\"rprivate,nosuid,noexec,nodev,relatime,ro\"]}",
      ]
    let annotations =
      [
        "io.container.manager: libpod", "io.podman.annotations.apparmor: unconfined",
        "io.podman.annotations.autoremove: {oneOf: [\"TRUE\", \"FALSE\"]}", "io.podman.annotations.seccomp: \"{text}\"",
        "\"org.opencontainers.image.{id}\": \"{text}\"",
      ] + podman.annotations + container.annotations
    return
      ([
        "env: {HOME: {optional: {oneOf: [\"\", /, /root]}}, HOSTNAME: {optional: \"\(container.hostname)\"}, "
          + "TERM: {optional: xterm}, container: {optional: podman}}",
        "mounts: [\(mounts.joined(separator: ", "))]",
        "volumes: [{type: tmpfs, source: tmpfs, options: [\(disks.joined(separator: ", "))]}, "
          + "{type: bind, source: \"/var/lib/containers/storage/volumes/{id}/_data\", "
          + "options: [\(volumes.joined(separator: ", "))]}]",
        "maskedPaths: [/proc/acpi, /proc/kcore, /proc/keys, /proc/latency_stats, /proc/timer_list, /proc/timer_stats, "
          + "/proc/sched_debug, /proc/scsi, /sys/firmware, /sys/fs/selinux\(podman.masked)]",
        "furtherMaskedPaths: [/sys/dev/block, \(furtherMasked)]",
        "readonlyPaths: [/proc/asound, /proc/bus, /proc/fs, /proc/irq, /proc/sys, /proc/sysrq-trigger]",
        "namespaces: \(container.namespaces)", "cgroupsPath: \(container.cgroups)",
        "annotations: {\(annotations.joined(separator: ", "))}", "apparmorUnconfined: true",
        "furtherRlimits: {RLIMIT_NOFILE: [1024, 1048576], RLIMIT_NPROC: [1024, 4194304]}",
        "limits: {pids: {optional: 2048}, cpuShares: {optional: [2, 262144]}, "
          + "cpuQuota: {optional: [1000, 1000000000]}, cpuPeriod: {optional: 100000}, "
          + "memory: {optional: [4194304, 4503599627370496]}, memorySwap: {optional: [4194304, 4503599627370496]}, "
          + "memoryReservation: {optional: [4194304, 4503599627370496]}}",
        "deviceRules: [{allow: false, access: rwm}]",
      ] + container.settings).map { "    " + $0 }.joined(separator: "\n")
  }

  /// A file that Podman writes for the container, or for another one of its pod.
  private static func userdata(
    _ place: String, _ root: String, of owners: [String] = ["container"], _ file: String, optional: Bool = false,
    use: String = "force: \"ro,nosuid,nodev,noexec\""
  ) -> String {
    "{destination: \(place), type: bind, source: \(storage(root, of: owners, file)), "
      + "options: [\"bind,rprivate\", \"bind,rprivate,ro,nosuid,noexec,nodev\"], optional: \(optional), \(use)}"
  }

  /// Where Podman keeps what belongs to a container, with either of the storage drivers.
  private static func storage(_ root: String, of owners: [String], _ file: String) -> String {
    let paths = owners.flatMap { owner in
      ["overlay", "vfs"].map {
        "\"\(root)/storage/\($0)-containers/{\(owner).id:hex:64}/userdata/\(file)\""
      }
    }
    return "{oneOf: [\(paths.joined(separator: ", "))]}"
  }
}
