/// What more than one platform writes, as texts of their own in the profiles.
extension Platform {
  /// What containerd and the runtimes' `spec` commands mask.
  static let maskedPaths =
    "[/proc/acpi, /proc/asound, /proc/kcore, /proc/keys, /proc/latency_stats, /proc/timer_list, /proc/timer_stats, "
    + "/proc/sched_debug, /sys/firmware, /proc/scsi]"

  static let readonlyPaths = "[/proc/bus, /proc/fs, /proc/irq, /proc/sys, /proc/sysrq-trigger]"

  /// The file systems of the kernel, as every containerd mounts them.
  static let procMount =
    "{destination: /proc, type: proc, source: proc, options: [\"nosuid,noexec,nodev\"]}"
  static let devMount =
    "{destination: /dev, type: tmpfs, source: tmpfs, options: [\"nosuid,strictatime,mode=755,size=65536k\"]}"
  static let devptsMount =
    "{destination: /dev/pts, type: devpts, source: devpts, "
    + "options: [\"nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5\"]}"
  static let shmMount =
    "{destination: /dev/shm, type: tmpfs, source: shm, options: [\"nosuid,noexec,nodev,mode=1777,size=65536k\"]}"
  static let mqueueMount =
    "{destination: /dev/mqueue, type: mqueue, source: mqueue, options: [\"nosuid,noexec,nodev\"]}"
  static let sysMount =
    "{destination: /sys, type: sysfs, source: sysfs, options: [\"nosuid,noexec,nodev,ro\"]}"
}
