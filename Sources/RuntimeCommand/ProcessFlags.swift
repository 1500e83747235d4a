internal import Bytes
internal import RuntimeSpec

/// The flags of `exec` that change the process. They are applied before the decision: what is checked is what runs.
extension RuntimeSpec.Process {
  static let flags: [Syntax.Flag] = [
    .init("cwd", value: "DIR", help: "working directory in the container"),
    .init("env", "e", value: "NAME=VALUE", help: "add a variable"),
    .init("tty", "t", help: "with a terminal"),
    .init("user", "u", value: "UID[:GID]", help: "user and group, as numbers"),
    .init("additional-gids", "g", value: "GID", help: "add a supplementary group"),
    .init("process-label", value: "LABEL", help: "SELinux label"),
    .init("apparmor", value: "PROFILE", help: "AppArmor profile"),
    .init("no-new-privs", help: "execve never adds privileges"),
    .init("cap", "c", value: "CAP_NAME", help: "add a capability"),
  ]

  /// Changes the process as the flags say, as runc does.
  mutating func apply(_ arguments: ParsedArguments) throws(CommandError) {
    if let directory = arguments.value("cwd") { cwd = directory }
    let variables = arguments.all("env")
    if !variables.isEmpty { env = (env ?? []) + variables }
    if arguments.isOn("tty") { terminal = true }
    if let user = arguments.value("user") { try set(user) }
    let groups = arguments.all("additional-gids")
    if !groups.isEmpty {
      var all = user.additionalGids ?? []
      for group in groups { all.append(try Self.id(group, "--additional-gids")) }
      user.additionalGids = all
    }
    if let label = arguments.value("process-label") { selinuxLabel = label }
    if let profile = arguments.value("apparmor") { apparmorProfile = profile }
    if arguments.isOn("no-new-privs") { noNewPrivileges = true }
    for name in arguments.all("cap") { try add(name) }
  }

  private mutating func set(_ text: ByteString) throws(CommandError) {
    guard let (first, second) = text.splitFirst(UInt8(ascii: ":")) else {
      user.uid = try Self.id(text, "--user")
      return
    }
    user.uid = try Self.id(first, "--user")
    user.gid = try Self.id(second, "--user")
  }

  private static func id(_ text: ByteString, _ flag: String) throws(CommandError) -> UInt32 {
    // The last number stands for "no change" in system calls.
    guard let id = UInt32(decimal: text), id != UInt32.max else {
      throw CommandError("\(flag): expected a number from 0 to \(UInt32.max - 1), found \"\(text)\"")
    }
    return id
  }

  private mutating func add(_ name: ByteString) throws(CommandError) {
    guard let capability = Capability(name: name) else {
      throw CommandError("--cap: expected a capability such as CAP_CHOWN, found \"\(name)\"")
    }
    func with(_ set: [Capability]?) -> [Capability] {
      let set = set ?? []
      return set.contains(capability) ? set : set + [capability]
    }
    guard var sets = capabilities else {
      throw CommandError("--cap: the process has no capability sets to add to")
    }
    sets.bounding = with(sets.bounding)
    sets.effective = with(sets.effective)
    sets.permitted = with(sets.permitted)
    capabilities = sets
  }
}
