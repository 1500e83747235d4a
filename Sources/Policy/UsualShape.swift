import Bytes
import RuntimeSpec

extension PlatformShape {
  /// What nearly every platform writes: the lists of runc's `spec` command and of containerd.
  ///
  /// A bundle leaves out what is here. **It can never change**: the bundles that were measured would mean something else.
  /// A platform that writes other lists states them.
  static let usual: PlatformShape = {
    var shape = PlatformShape()
    shape.mounts = [
      kernel("/proc", "proc", options: ["nosuid", "noexec", "nodev"]),
      kernel("/dev", "tmpfs", options: ["nosuid", "strictatime", "mode=755", "size=65536k"]),
      kernel(
        "/dev/pts", "devpts", options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]),
      kernel("/dev/mqueue", "mqueue", options: ["nosuid", "noexec", "nodev"]),
      kernel("/sys", "sysfs", options: ["nosuid", "noexec", "nodev", "ro"]),
    ]
    shape.maskedPaths = [
      "/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
      "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi",
    ]
    shape.readonlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]
    shape.deviceRules = [
      CgroupPlan.DeviceRule(allow: false, kind: nil, major: nil, minor: nil, read: true, write: true, make: true)
    ]
    return shape
  }()

  private static func kernel(_ place: ByteString, _ type: ByteString, options: [ByteString]) -> MountRule {
    MountRule(destination: place, shape: VolumeShape(type: type, source: .exact(type), options: [options]))
  }
}

extension ProcessPlan.Capabilities {
  /// What engines give a container that asks for nothing else; also for ``PlatformShape/usual`` it holds that it cannot
  /// change.
  static let ofEngines = ProcessPlan.Capabilities(
    ([
      .chown, .dacOverride, .fowner, .fsetid, .kill, .setgid, .setuid, .setpcap, .netBindService, .netRaw, .sysChroot,
      .mknod, .auditWrite, .setfcap,
    ] as [Capability]).reduce(0) { $0 | $1.bit })
}
