extension Platform {
  /// A caller that starts containers from files, outside Kubernetes: the config.json that `runc spec` and `crun spec`
  /// write, with or without a cgroup namespace and path.
  static let bare1 = """
    profile:
      name: bare-1
      container:
        env:
          TERM: {optional: {oneOf: [xterm, xterm-256color, linux, dumb]}}
          HOME: {optional: {oneOf: [/, /root]}}
        mounts:
        - {destination: /proc, type: proc, source: proc, options: ["", "nosuid,noexec,nodev"]}
        - \(devMount)
        - {destination: /dev/pts, type: devpts, source: devpts,
           options: ["nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5",
                     "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620"]}
        - {destination: /dev/shm, type: tmpfs, source: shm,
           options: ["nosuid,noexec,nodev,mode=1777,size=65536k"], optional: true}
        - {destination: /dev/mqueue, type: mqueue, source: mqueue, options: ["nosuid,noexec,nodev"], optional: true}
        - {destination: /sys, type: sysfs, source: sysfs, options: ["nosuid,noexec,nodev,ro"], optional: true}
        - {destination: /sys/fs/cgroup, type: cgroup, source: cgroup,
           options: ["nosuid,noexec,nodev,relatime,ro"], optional: true}
        maskedPaths: \(maskedPaths)
        readonlyPaths: \(readonlyPaths)
        namespaces:
          pid: [new]
          network: [new]
          ipc: [new]
          uts: [new]
          mount: [new]
          cgroup: [new, node]
        cgroupsPath: {oneOf: ["", "/{container.id}"]}
        hostname: {oneOf: ["", "{dnsLabel}"]}
        rlimits:
          RLIMIT_NOFILE: {soft: 1024, hard: 1024}
        deviceRules:
        - {allow: false, access: rwm}
    """
}
