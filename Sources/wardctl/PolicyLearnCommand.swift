internal import ArgumentParser
internal import Bytes
internal import DecisionLog
internal import Linux
internal import PolicyAnalysis
internal import PolicyAuthoring
internal import StrictJSON

/// `wardctl policy learn`: from what a node has seen to the smallest policy that admits it.
struct PolicyLearnCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "learn", abstract: "Write the smallest policy that admits what a node has seen in audit mode.",
    discussion: """
      Under a policy with mode: audit the decision log holds each command whole. What is the same in all commands is \
      stated exactly; where several differ, the narrowest of these is: a name of the platform ({pod.uid}, {container.id} \
      and the like), a hole for a uuid, an address or hexadecimal digits, a range of numbers, or a list of what was \
      seen. A comment stands at each such place. The policy is tried with each command before it is written.

      Images are found by the reference that the platform calls them by. Under mounts that the platform does not make \
      lies an image of the lock file, called as the last part of the mount's source, or a RAM disk.

      Examples:
        wardctl policy learn --images images.lock --name web -o policy.yaml
        wardctl policy learn --images images.lock --name box --log decisions.jsonl

      Exit status: 0 done, 1 nothing was learned, 64 the command line was wrong.
      """)

  @Option(help: ArgumentHelp("The lock file of the images.", valueName: "file")) var images: String
  @Option(help: ArgumentHelp("What the policy is called.", valueName: "name")) var name: String
  @Option(help: ArgumentHelp("The platform that sent the commands.", valueName: "name")) var platform =
    "containerd-cri-2"
  @Option(
    help: ArgumentHelp("A decision log; repeatable, oldest first. This node's where none is stated.", valueName: "file")
  )
  var log: [String] = []
  @Option(
    help: ArgumentHelp("The image of a container that the log does not tell; repeatable.", valueName: "container=image")
  )
  var image: [AssignmentOption] = []
  @Option(help: ArgumentHelp("The image with the files of a mount; repeatable.", valueName: "place=image"))
  var volume: [AssignmentOption] = []
  @Option(
    name: .shortAndLong, help: ArgumentHelp("Where to write the policy; - is the standard output.", valueName: "file"))
  var output = "-"
  @Flag(help: "Print what was generalised as JSON on the standard output; needs --output.") var json = false

  func validate() throws {
    guard !json || output != "-" else { throw ValidationError("--json has no place where the policy is printed") }
  }

  func run() throws {
    let records = try records()
    // What a policy refused is nothing to learn from.
    let held = try records.filter { $0.policy?.mode == "audit" }.compactMap { try ObservedCommand($0) }
    let learner = try PolicyLearner(
      .init(
        name: ByteString(name), platform: ByteString(platform), images: try ImageLockFile(ByteString(images)).read(),
        imageLock: try ImageLockFile.path(images, from: output),
        imageNames: Dictionary(image.map { ($0.name, $0.value) }) { $1 },
        volumes: Dictionary(volume.map { ($0.name, $0.value) }) { $1 }))
    let learned = try learner.learn(held)
    if output == "-" {
      try StandardStream.output.write(learned.text)
    } else {
      try Self.write(Array(learned.text.utf8), to: output)
    }
    guard !json else { return JSONOutput.print(learned.json) }
    var lines = learned.rules.map { "\($0.place): \($0.values.count) values, \($0.rule)" }
    lines += learned.leftOut.map { "record \($0.record) left out: \($0.reason)" }
    let others = records.count - held.count
    if others > 0 { lines.append("\(others) records hold no command") }
    lines.append("learned from \(learned.commands) commands")
    try StandardStream.error.write(lines.map { $0 + "\n" }.joined())
  }

  private func records() throws -> [DecisionRecord] {
    guard !log.isEmpty else { return try DenialsCommand.read().records }
    return try log.flatMap { path in
      // As much as the largest log that a node keeps.
      let bytes = try FileDescriptor.contents(of: ByteString(path), limit: 1 << 30)
      return try ByteString(bytes).split(UInt8(ascii: "\n")).filter { !$0.isEmpty }.enumerated().map { index, line in
        try StrictJSON.decode(DecisionRecord.self, from: line.bytes, named: "\(path): line \(index + 1)")
      }
    }
  }

  private static func write(_ bytes: [UInt8], to file: String) throws {
    let path = ByteString(file)
    let directory = try FileDescriptor.open(path.parentPath, [.readOnly, .directory])
    try directory.replace(path.lastPathComponent, with: bytes, mode: 0o644)
  }
}

/// `NAME=VALUE`.
struct AssignmentOption: ExpressibleByArgument {
  let name: ByteString
  let value: ByteString

  init?(argument: String) {
    guard let (name, value) = ByteString(argument).splitFirst(UInt8(ascii: "=")), !name.isEmpty, !value.isEmpty else {
      return nil
    }
    (self.name, self.value) = (name, value)
  }
}
