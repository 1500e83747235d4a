internal import ArgumentParser
internal import Bytes
internal import Linux
internal import PolicyAuthoring

/// `wardctl policy fmt`: policies in their one form.
struct PolicyFormatCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fmt", abstract: "Write policies in their one form.",
    discussion: """
      Keys come in the order of the language, values stand in one line where that is short enough, strings are quoted \
      where they must be, and comments stay where they are. The bundle stays the same: what would change it is refused. \
      Without options the text is printed.

      Examples:
        wardctl policy fmt -w policy.yaml
        wardctl policy fmt --check --diff policies/*.yaml
        wardctl policy fmt - <policy.yaml

      Exit status: 0 done, 1 with --check a policy is not in this form, 3 a policy cannot be read or has a mistake, \
      64 the command line was wrong.
      """)

  @Flag(name: .shortAndLong, help: "Write each policy back to its file.") var write = false
  @Flag(help: "Print the names of the policies that are not in this form, and write nothing.") var check = false
  @Flag(help: "Print what would change, as diff -u does.") var diff = false
  @Argument(help: ArgumentHelp("The policies; - is the standard input.", valueName: "policy.yaml"))
  var policies: [String]

  func validate() throws {
    guard !write || !check else { throw ValidationError("--write and --check exclude each other") }
    guard !write || !policies.contains("-") else { throw ValidationError("--write has no file for the standard input") }
    guard policies.count == 1 || write || check || diff else {
      throw ValidationError("of several policies one after the other cannot be told apart: use --write or --check")
    }
  }

  func run() throws {
    var isFailure = false
    var isChanged = false
    for policy in policies {
      do {
        isChanged = try format(policy) || isChanged
      } catch {
        try StandardStream.error.write("\(error)\n")
        isFailure = true
      }
    }
    if isFailure { throw ExitCode(3) }
    if check, isChanged { throw ExitCode.failure }
  }

  /// Tells whether the text was another one.
  private func format(_ policy: String) throws -> Bool {
    let name = policy == "-" ? "standard input" : policy
    // One byte more than is taken, so that the message about the size is that of the text.
    let limit = PolicySource.sizeLimit + 1
    guard policy != "-" else {
      return try format(try FileDescriptor.inherited(0).readToEnd(limit: limit), name) { _ in }
    }
    let file = try EditedFile(policy, limit: limit)
    return try format(file.contents, name) { try file.replace(with: $0) }
  }

  private func format(_ bytes: [UInt8], _ name: String, replace: ([UInt8]) throws -> Void) throws -> Bool {
    let text = try PolicyFormat.format(bytes, named: name)
    let isChanged = bytes != Array(text.utf8)
    if check, isChanged { try StandardStream.output.write("\(name)\n") }
    if diff {
      let old = String(decoding: bytes, as: UTF8.self)
      try StandardStream.output.write(
        TextDifference(from: old, to: text, named: ("\(name)", "\(name) (formatted)")).description)
    }
    if !check, !diff, !write { try StandardStream.output.write(text) }
    guard write, isChanged else { return isChanged }
    try replace(Array(text.utf8))
    try StandardStream.output.write("\(name)\n")
    return isChanged
  }
}
