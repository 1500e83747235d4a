internal import ArgumentParser
internal import Bytes
internal import Linux
internal import PolicyAnalysis
internal import PolicyAuthoring
internal import StrictJSON

/// `wardctl policy lint`: what a policy admits beyond what most authors want, with a reason and a fix for each.
struct PolicyLintCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lint", abstract: "Find what a policy admits and its author may not want.",
    discussion: """
      Beyond `check`, the entries are compared with one another: one that can never take a command and two that may \
      take the same one are found. Exit status: 0 nothing but warnings and hints, 1 a mistake, or with --strict a \
      warning, 64 the command line was wrong.
      """)

  @Flag(help: "Warnings are failures.") var strict = false
  @Flag(help: "Print JSON.") var json = false
  @Argument(help: ArgumentHelp("The policies.", valueName: "policy.yaml")) var policies: [String]

  func run() throws {
    var messages: [SourceMessage] = []
    for policy in policies {
      do {
        messages += try PolicyText(policy).source.lint()
      } catch let error as SourceMessage { messages += error.each }
    }
    if json {
      JSONOutput.print(.array(messages.map(\.json)))
    } else {
      for message in messages {
        print(message)
        if let code = message.code { print("  \(code.rawValue): \(code.fix)") }
      }
    }
    let isFailure = messages.contains { message in
      switch message.severity {
      case .error: true
      case .warning: strict
      case .hint: false
      }
    }
    if isFailure { throw ExitCode.failure }
  }
}
