internal import Container
internal import Linux

/// `ward run`: create, start, and unless detached wait and delete.
enum RunCommand {
  static let syntax = Syntax(
    "run", "ID", "makes a container, runs its program to the end and removes the container",
    details: """
      The command passes signals on to the program and ends as it does, with 128 and the signal's number where a signal
      ended it. With --detach it returns when the program runs, and the container stays until delete.
      """,
    examples: ["ward run --bundle /run/bundles/job job-1", "ward run --detach --bundle /run/bundles/web web"],
    LaunchFlags.ofContainer + [
      .init("detach", "d", help: "return when the program runs"),
      .init("keep", help: "do not remove the container when its program has ended"),
    ])

  static func run(_ arguments: ParsedArguments, _ options: GlobalOptions) throws(CommandError) -> Int32 {
    let detaches = arguments.isOn("detach")
    let prepared = try PreparedLaunch.prepare(arguments, options, waits: !detaches)
    if detaches {
      try prepared.make { (launch) throws(ContainerError) in try launch.runDetached() }
      return 0
    }
    let status = try prepared.make { (launch) throws(ContainerError) in try launch.run() }
    if !arguments.isOn("keep") { try prepared.clear() }
    return status.code
  }
}
