internal import Bytes
internal import Container
internal import Linux
internal import RuntimeSpec
internal import StrictJSON

/// `ward spec`: writes a `config.json` to begin with. What the policy admits of it is another matter.
enum SpecCommand {
  static let syntax = Syntax(
    "spec", "", "writes a config.json to begin with",
    details: """
      The file describes a container that runs sh in the directory rootfs beside it. It is never replaced. It goes into
      a directory that holds a directory rootfs, or one below /tmp, /var/tmp or where engines keep their bundles: in
      others, such as those of the node's configuration, a config.json would pass for the begin of a bundle.
      """,
    examples: ["mkdir -p hello/rootfs && ward spec --bundle hello"],
    [
      .init("bundle", "b", value: "DIR", help: "directory of the file; the current one without this"),
      .init("rootless", help: "for a user other than root: with a user namespace, without cgroup limits"),
      .help,
    ])

  static func run(_ arguments: ParsedArguments, _ options: GlobalOptions) throws(CommandError) -> Int32 {
    guard arguments.operands.isEmpty else { throw CommandError("spec takes no operand") }
    let path = (try arguments.value("bundle")?.asText("--bundle") ?? ".").appending(path: "config.json")
    do throws(SystemError) {
      let directory = try CallerFile.directory(of: path, beside: "rootfs", .directory)
      let file = try directory.open(
        "config.json", [.writeOnly, .create, .exclusive, .noFollow], resolve: .beneath, mode: 0o666)
      try file.writeAll(JSONWriter.encodePretty(Self.json(rootless: arguments.isOn("rootless"))))
    } catch {
      switch error.errno {
      case ErrorNumber.EEXIST: throw CommandError("File config.json exists. Remove it first")
      case ErrorNumber.EPERM:
        throw CommandError("\(path): expected a directory rootfs beside it, or a place where bundles are kept")
      case _: throw CommandError(error)
      }
    }
    return 0
  }

  /// The configuration, like the one that callers of runc know.
  static func json(rootless: Bool) -> JSONValue {
    let capabilities: JSONValue = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"]
    var linux: JSONObject = [:]
    if rootless {
      linux["uidMappings"] = [identity(CurrentProcess.effectiveUser)]
      linux["gidMappings"] = [identity(CurrentProcess.effectiveGroup)]
    } else {
      linux["resources"] = ["devices": [["allow": false, "access": "rwm"]]]
    }
    var kinds = ["pid", "ipc", "uts", "mount", "cgroup"]
    // Without privileges there is no network to give: the container keeps that of its user.
    kinds.insert(rootless ? "user" : "network", at: 1)
    linux["namespaces"] = .array(kinds.map { ["type": .string(ByteString($0))] })
    linux["maskedPaths"] = texts([
      "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
      "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware",
      "/sys/devices/virtual/powercap", "/proc/scsi",
    ])
    linux["readonlyPaths"] = texts(["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"])
    return [
      "ociVersion": .string(SpecVersion.current.text),
      "process": [
        "terminal": true, "user": ["uid": 0, "gid": 0], "args": ["sh"],
        "env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"], "cwd": "/",
        "capabilities": ["bounding": capabilities, "effective": capabilities, "permitted": capabilities],
        "rlimits": [["type": "RLIMIT_NOFILE", "hard": 1024, "soft": 1024]], "noNewPrivileges": true,
      ],
      "root": ["path": "rootfs", "readonly": true], "hostname": "ward",
      "mounts": .array(mounts(rootless: rootless)), "linux": .object(linux),
    ]
  }

  private static func mounts(rootless: Bool) -> [JSONValue] {
    var sysfs = mount("/sys", "sysfs", "sysfs", ["nosuid", "noexec", "nodev", "ro"])
    var terminals = ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]
    if rootless {
      // The kernel makes a sysfs only for the owner of the network namespace; and the group `tty` is not mapped.
      sysfs = mount("/sys", "none", "/sys", ["rbind", "nosuid", "noexec", "nodev", "ro"])
    } else {
      terminals.append("gid=5")
    }
    return [
      mount("/proc", "proc", "proc", []),
      mount("/dev", "tmpfs", "tmpfs", ["nosuid", "strictatime", "mode=755", "size=65536k"]),
      mount("/dev/pts", "devpts", "devpts", terminals),
      mount("/dev/shm", "tmpfs", "shm", ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]),
      mount("/dev/mqueue", "mqueue", "mqueue", ["nosuid", "noexec", "nodev"]), sysfs,
      mount("/sys/fs/cgroup", "cgroup", "cgroup", ["nosuid", "noexec", "nodev", "relatime", "ro"]),
    ]
  }

  private static func mount(_ destination: String, _ type: String, _ source: String, _ options: [String]) -> JSONValue {
    var object: JSONObject = [
      "destination": .string(ByteString(destination)), "type": .string(ByteString(type)),
      "source": .string(ByteString(source)),
    ]
    if !options.isEmpty { object["options"] = texts(options) }
    return .object(object)
  }

  private static func texts(_ texts: [String]) -> JSONValue { .array(texts.map { .string(ByteString($0)) }) }

  private static func identity(_ id: UInt32) -> JSONValue {
    ["containerID": 0, "hostID": JSONValue(id), "size": 1]
  }
}
