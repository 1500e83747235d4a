# shellcheck shell=bash
# The config.json that a policy for the platform bare-1 admits: no namespace is shared, nothing is added.

# bare_config [FILTER]: it, of a container that sleeps, changed by a jq filter.
bare_config() {
  jq -n '{
    ociVersion: "1.2.0", root: {path: "rootfs", readonly: true},
    process: {args: ["/bin/sleep", "1000"], env: ["PATH=/bin"], cwd: "/", user: {uid: 10001, gid: 10001},
      noNewPrivileges: true, rlimits: [{type: "RLIMIT_NOFILE", soft: 1024, hard: 1024}]},
    mounts: [
      {destination: "/proc", type: "proc", source: "proc"},
      {destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "strictatime", "mode=755", "size=65536k"]},
      {destination: "/dev/pts", type: "devpts", source: "devpts",
        options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]}],
    linux: {
      namespaces: (["pid", "network", "ipc", "uts", "mount", "cgroup"] | map({type: .})),
      resources: {devices: [{allow: false, access: "rwm"}]},
      maskedPaths: ["/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
        "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi"],
      readonlyPaths: ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]}}' | jq "${1:-.}"
}
