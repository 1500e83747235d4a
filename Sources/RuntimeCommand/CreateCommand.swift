internal import Container

/// `ward create`: makes a container whose program waits for `start`.
enum CreateCommand {
  static let syntax = Syntax(
    "create", "ID", "makes a container of a bundle that the policy admits; its program waits for start",
    details: """
      The bundle is a directory with config.json, which is read once. The policy decides on every field of it; a denial
      says where, and is on record. The container keeps the standard streams of this command.
      """,
    examples: ["ward create --bundle /run/bundles/web --pid-file /run/user/0/web.pid web && ward start web"],
    LaunchFlags.ofContainer)

  static func run(_ arguments: ParsedArguments, _ options: GlobalOptions) throws(CommandError) -> Int32 {
    let prepared = try PreparedLaunch.prepare(arguments, options, waits: false)
    try prepared.make { (launch) throws(ContainerError) in try launch.create() }
    return 0
  }
}
