internal import Bytes
internal import Container

/// The flags before the verb.
struct GlobalOptions {
  /// A label: containers made with another one are not seen.
  var root: ByteString = "/run/ward"
  var log = Log()
  var systemdCgroup = false
  /// All of argv, for a command that has to execute itself again.
  var arguments: [ByteString] = []
  /// What the program was built from.
  var commit = "unknown"

  static let syntax = Syntax(
    "ward", "COMMAND", "runs containers that the measured policy names",
    details: """
      ward is an OCI runtime: containerd, CRI-O and Podman call it as they call runc. It checks each command that would
      change something against the policy that was measured into the node's vTPM, and records the decision.

      A failure is told in one line on standard error, and in the file of --log; the exit code is 1, and 3 for an
      unknown command. Standard error stays empty on success.
      """,
    examples: ["ward help exec", "ward --log /run/user/0/ward.json --log-format json state web"],
    endsAtOperand: true,
    [
      .init("root", value: "DIR", help: "label of the set of containers"),
      .init("log", value: "FILE", help: "append the record of a failure to a file"),
      .init("log-format", value: "FORMAT", choices: ["text", "json"], help: "text or json"),
      .init("debug", help: "accepted: there is no more to tell"),
      .init("systemd-cgroup", help: "cgroup paths are of the form slice:prefix:name"),
      .init("rootless", value: "BOOL", choices: ["true", "false", "auto"], help: "accepted: true, false or auto"),
      .init(
        "cgroup-manager", value: "NAME", choices: ["cgroupfs", "systemd", "disabled"],
        help: "cgroupfs, systemd or disabled; the last is taken as cgroupfs"),
      .init("config", value: "FILE", help: "accepted; nothing is read from it"),
      .init("version", "v", help: "print the version"),
      .init("help", "h", help: "print this"),
    ])

  /// Reads the flags. What is known of the log is known also when another flag is wrong.
  mutating func take(_ parsed: ParsedArguments) throws(CommandError) {
    log.path = parsed.value("log").flatMap { $0.isEmpty || $0 == "/dev/stderr" ? nil : $0 }
    if let format = parsed.value("log-format") {
      switch format {
      case "text": log.format = .text
      case "json": log.format = .json
      case _: throw CommandError("--log-format: expected text or json, found \"\(format)\"")
      }
    }
    if let root = parsed.value("root") { self.root = try root.asText("--root") }
    systemdCgroup = parsed.isOn("systemd-cgroup")
    if let rootless = parsed.value("rootless") {
      guard ["true", "false", "auto"].contains(rootless) else {
        throw CommandError("--rootless: expected true, false or auto, found \"\(rootless)\"")
      }
    }
    if let driver = parsed.value("cgroup-manager") {
      switch driver {
      case "systemd": systemdCgroup = true
      case "cgroupfs", "disabled": break
      case _: throw CommandError("--cgroup-manager: expected cgroupfs, systemd or disabled, found \"\(driver)\"")
      }
    }
  }

  var cgroupDriver: ContainerState.CgroupDriver { systemdCgroup ? .systemd : .cgroupfs }
}

extension ByteString {
  /// The same bytes where they are UTF-8: only such can be kept in the state of a container and printed by `state`.
  func asText(_ flag: String) throws(CommandError) -> ByteString {
    guard String(validating: bytes, as: UTF8.self) != nil, !bytes.contains(0) else {
      throw CommandError("\(flag): expected UTF-8, found \"\(self)\"")
    }
    return self
  }
}
