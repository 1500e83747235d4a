internal import ArgumentParser
internal import Bytes
internal import Linux
internal import Policy
internal import PolicyAuthoring
internal import StrictJSON

/// `wardctl policy compile`: from YAML to the bundle that is measured.
struct PolicyCompileCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compile", abstract: "Make the bundle of a policy.",
    discussion: """
      The bundle is one canonical JSON file: the same policy and images give the same bytes. What is measured is its \
      SHA-256, the same that sha256sum prints.

      Examples:
        wardctl policy compile policy.yaml
        wardctl policy compile --warnings-as-errors -o out/policy.json policy.yaml

      Exit status: 0 the bundle is written, 1 it is not, 64 the command line was wrong.
      """)

  @Option(
    help: ArgumentHelp("The lock file of the images, in place of the one that the policy names.", valueName: "file"))
  var images: String?

  @Option(
    help: ArgumentHelp(
      "How images are checked in use, whatever the policy says: dm-verity or memory.", valueName: "mode"))
  var integrity: IntegrityOption?

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Where to write the bundle; - is the standard output.", valueName: "file"))
  var output = "policy.json"

  @Flag(
    name: [.customLong("warnings-as-errors"), .customLong("werror")],
    help: "Warnings of lint are errors: no bundle is written. Hints are not.")
  var warningsAreErrors = false

  @Flag(help: "Print digest, size and messages as JSON.")
  var json = false

  @Argument(help: ArgumentHelp("The policy.", valueName: "policy.yaml"))
  var policy: String

  func validate() throws {
    guard !json || output != "-" else { throw ValidationError("--json has no place where the bundle is printed") }
  }

  func run() throws {
    let compiled = try reportingPlaces {
      try PolicyText(policy).compile(images: images, integrity: integrity?.integrity)
    }
    let messages = warningsAreErrors ? compiled.messages.map(\.raised) : compiled.messages
    if !json || messages.contains(where: { $0.severity == .error }) {
      try StandardStream.error.write(messages.map { "\($0)\n" }.joined())
    }
    if messages.contains(where: { $0.severity == .error }) { throw ExitCode.failure }
    guard output != "-" else {
      try StandardStream.output.write(String(decoding: compiled.bundle, as: UTF8.self))
      try StandardStream.error.write(summary(compiled))
      return
    }
    let path = ByteString(output)
    let directory = try FileDescriptor.open(path.parentPath, [.readOnly, .directory])
    try directory.replace(path.lastPathComponent, with: compiled.bundle, mode: 0o644)
    guard json else { return try StandardStream.output.write(summary(compiled)) }
    try ImageOutput.print([
      "digest": .string(ByteString("sha256:" + Hex.encode(compiled.digest.bytes))),
      "name": .string(compiled.policy.name),
      "version": JSONValue(compiled.policy.version), "mode": .string(ByteString(compiled.policy.mode.rawValue)),
      "size": JSONValue(compiled.bundle.count), "output": .string(path),
      "messages": .array(messages.map(\.json)),
    ])
  }

  private func summary(_ compiled: CompiledPolicy) -> String {
    """
    policy: \(compiled.policy.name)@\(compiled.policy.version) (\(compiled.policy.mode.rawValue))
    digest: sha256:\(Hex.encode(compiled.digest.bytes))
    bundle: \(output == "-" ? "standard output" : output), \(compiled.bundle.count) bytes

    """
  }
}

/// `wardctl policy check`: what is wrong with policies, without images and without a bundle.
struct PolicyCheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Say what is wrong with policies; warnings alone are no failure.")

  @Flag(help: "Print the messages as JSON.")
  var json = false

  @Argument(help: ArgumentHelp("The policies.", valueName: "policy.yaml"))
  var policies: [String]

  func run() throws {
    var messages: [SourceMessage] = []
    for policy in policies {
      do {
        messages += try PolicyText(policy).source.check()
      } catch let error as SourceMessage { messages += error.each }
    }
    if json {
      try ImageOutput.print(.array(messages.map(\.json)))
    } else {
      try StandardStream.output.write(messages.map { "\($0)\n" }.joined())
    }
    if messages.contains(where: { $0.severity == .error }) { throw ExitCode.failure }
  }
}

/// Prints a message about a place in a text as it is: editors look for `file:line:column` at the start of the line.
func reportingPlaces<Value>(_ body: () throws -> Value) throws -> Value {
  do {
    return try body()
  } catch let message as SourceMessage {
    try StandardStream.error.write("\(message)\n")
    throw ExitCode.failure
  }
}

extension SourceMessage {
  /// For programs; with code and fix where lint found it.
  var json: JSONValue {
    var object: JSONObject = [
      "severity": .string(ByteString(severity.rawValue)), "file": .string(ByteString(file)),
      "line": JSONValue(place.line), "column": JSONValue(place.column), "message": .string(ByteString(message)),
    ]
    object["code"] = code.map { .string(ByteString($0.rawValue)) }
    object["fix"] = code.map { .string(ByteString($0.fix)) }
    return .object(object)
  }
}
