internal import Container
internal import Linux

/// `ward run`: create, start, and unless detached wait and delete.
enum RunCommand {
  static let syntax = Syntax(
    "run", "ID", "makes a container, runs its program to the end and removes the container",
    LaunchFlags.ofContainer + [
      .init("detach", "d", help: "return when the program runs"),
      .init("keep", help: "do not remove the container when its program has ended"),
    ])

  static func run(_ arguments: ParsedArguments, _ options: GlobalOptions) throws(CommandError) -> Int32 {
    let prepared = try PreparedLaunch.prepare(arguments, options)
    if arguments.isOn("detach") {
      try prepared.make { (launch) throws(ContainerError) in try launch.runDetached() }
      try prepared.sendHandle()
      return 0
    }
    let status = try prepared.make { (launch) throws(ContainerError) in try launch.run() }
    if !arguments.isOn("keep") { try prepared.clear() }
    return status.code
  }
}
