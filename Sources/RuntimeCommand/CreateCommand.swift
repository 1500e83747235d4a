internal import Container

/// `ward create`: makes a container whose program waits for `start`.
enum CreateCommand {
  static let syntax = Syntax(
    "create", "ID", "makes a container of a bundle that the policy admits; its program waits for start",
    LaunchFlags.ofContainer)

  static func run(_ arguments: ParsedArguments, _ options: GlobalOptions) throws(CommandError) -> Int32 {
    let prepared = try PreparedLaunch.prepare(arguments, options)
    try prepared.make { (launch) throws(ContainerError) in try launch.create() }
    try prepared.sendHandle()
    return 0
  }
}
