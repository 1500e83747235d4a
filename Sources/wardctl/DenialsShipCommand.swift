internal import ArgumentParser
internal import Bytes
internal import Denials
internal import Linux
internal import NodeConfiguration

/// `wardctl denials ship`: records to the sinks of the node's configuration.
struct DenialsShipCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ship", abstract: "Send records to journald or a socket, as the node's configuration says.",
    discussion: """
      decisionLog.ship in /etc/ward/ward.json lists sinks: "journald", "unix:PATH" (a datagram of JSON for each record) \
      and "vsock:CID:PORT" (a line of JSON for each). It is a service of its own (Manifests/systemd): no command of ward \
      waits for a sink. A sink that does not answer gets everything when it does, as far as the log still has it.
      """)

  @Flag(help: "Send what there is, and end; status 1 where a sink did not take it.") var once = false

  func run() throws {
    let log = try NodeConfiguration.load().decisionLog
    guard !log.ship.isEmpty else {
      throw CommandFailure(description: "decisionLog.ship of the node's configuration names no sink")
    }
    var shippers = try log.ship.map { try LogShipper($0, log: log.path) }
    var silent: Set<Int> = []
    while true {
      for index in shippers.indices {
        do {
          _ = try shippers[index].ship()
          silent.remove(index)
        } catch let error as SystemError {
          // Told once, until it works again.
          if silent.insert(index).inserted { try StandardStream.error.write("\(log.ship[index]): \(error)\n") }
        }
      }
      if once {
        guard silent.isEmpty else { throw ExitCode.failure }
        return
      }
      try Pause.wait(milliseconds: silent.isEmpty ? 200 : 1000)
    }
  }
}
