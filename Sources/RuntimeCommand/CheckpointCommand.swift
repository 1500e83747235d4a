internal import Bytes

/// `ward checkpoint` and `ward restore`: refused, also for a policy that admits everything.
enum CheckpointCommand {
  private static let reason =
    "nothing of a container's memory leaves it, and nothing from outside becomes the memory of one"

  static let checkpointSyntax = Syntax(
    "checkpoint", "ID", "refused: no image of a container's memory is written",
    details: """
      A checkpoint would write all memory of the container, with its keys and data, to files of the node, in the clear.
      The flags of runc are known, so that callers get this answer and no complaint about a flag. With --help it ends
      with 1, from which Podman and CRI-O learn that there are no checkpoints.
      """,
    examples: ["ward checkpoint web    # permission denied"],
    flags(["leave-running", "pre-dump", "lazy-pages", "auto-dedup"]) + [
      .init("parent-path", value: "DIR", help: "refused with the command"),
      .init("page-server", value: "ADDRESS", help: "refused with the command"),
      .init("status-fd", value: "N", help: "refused with the command"),
      .help,
    ])

  static let restoreSyntax = Syntax(
    "restore", "ID", "refused: no container begins with memory from outside",
    details: """
      What a restored container would do is in the memory image, which no policy can look into: it could be any program
      at all. The flags of runc are known, so that callers get this answer and no complaint about a flag.
      """,
    examples: ["ward restore web    # permission denied"],
    flags(["no-subreaper", "no-pivot", "auto-dedup", "lazy-pages"]) + [
      .init("bundle", "b", value: "DIR", help: "refused with the command"),
      .init("console-socket", value: "SOCKET", help: "refused with the command"),
      .init("pid-file", value: "FILE", help: "refused with the command"),
      .init("detach", "d", help: "refused with the command"),
      .init("lsm-profile", value: "PROFILE", help: "refused with the command"),
      .init("lsm-mount-context", value: "LABEL", help: "refused with the command"),
      .help,
    ])

  static func checkpoint(_ arguments: ParsedArguments, _ options: GlobalOptions) throws(CommandError) -> Int32 {
    throw CommandError("checkpoint \"\(try arguments.containerID())\": permission denied: \(reason)")
  }

  static func restore(_ arguments: ParsedArguments, _ options: GlobalOptions) throws(CommandError) -> Int32 {
    throw CommandError("restore \"\(try arguments.containerID())\": permission denied: \(reason)")
  }

  /// The flags of both in runc.
  private static func flags(_ further: [String]) -> [Syntax.Flag] {
    let switches = ["tcp-established", "tcp-skip-in-flight", "link-remap", "ext-unix-sk", "shell-job", "file-locks"]
    let values = ["image-path", "work-path", "manage-cgroups-mode", "empty-ns"]
    return values.map { .init($0, value: "VALUE", help: "refused with the command") }
      + (switches + further).map { .init($0, help: "refused with the command") }
  }
}
