extension Platform {
  /// `ctr run` of containerd 1.6 and 1.7: containers without a pod, each with namespaces of its own, in
  /// containerd's namespace `default`.
  static let containerdCTR1 = """
    profile:
      name: containerd-ctr-1
      container:
        env:
          TERM: {optional: xterm}
        mounts:
        - \(procMount)
        - \(devMount)
        - \(devptsMount)
        - \(shmMount)
        - \(mqueueMount)
        - \(sysMount)
        - {destination: /run, type: tmpfs, source: tmpfs,
           options: ["nosuid,strictatime,mode=755,size=65536k"]}
        maskedPaths: \(maskedPaths)
        readonlyPaths: \(readonlyPaths)
        namespaces:
          pid: [new]
          network: [new]
          ipc: [new]
          uts: [new]
          mount: [new]
          cgroup: [new, node]
        cgroupsPath: "/default/{container.id}"
        rlimits:
          RLIMIT_NOFILE: {soft: 1024, hard: 1024}
        limits:
          cpuShares: {optional: 1024}
        deviceRules:
        - {allow: false, access: rwm}
        - {allow: true, type: c, major: 1, minor: 3, access: rwm}
        - {allow: true, type: c, major: 1, minor: 8, access: rwm}
        - {allow: true, type: c, major: 1, minor: 7, access: rwm}
        - {allow: true, type: c, major: 5, minor: 0, access: rwm}
        - {allow: true, type: c, major: 1, minor: 5, access: rwm}
        - {allow: true, type: c, major: 1, minor: 9, access: rwm}
        - {allow: true, type: c, major: 5, minor: 1, access: rwm}
        - {allow: true, type: c, major: 136, access: rwm}
        - {allow: true, type: c, major: 5, minor: 2, access: rwm}
    """
}
