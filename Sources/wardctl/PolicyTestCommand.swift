internal import ArgumentParser
internal import Bytes
internal import Linux
internal import Policy
internal import PolicyAnalysis
internal import PolicyAuthoring
internal import StrictJSON

/// `wardctl policy test`: whether a policy says to some commands what its author expects.
struct PolicyTestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test", abstract: "Try commands against a policy, as files of cases describe them.",
    discussion: """
      Each case is evaluated as the runtime does it. Exit status: 0 all cases are as expected, 1 one is not, 3 a file \
      could not be read, 64 the command line was wrong.
      """)

  @OptionGroup var images: ImageOptions
  @Option(help: ArgumentHelp("Also write a report in JUnit's XML.", valueName: "file")) var junit: String?
  @Flag(help: "Print JSON.") var json = false
  @Argument(help: ArgumentHelp("The policy: YAML or a bundle.", valueName: "policy")) var policy: String
  @Argument(help: ArgumentHelp("Files of cases.", valueName: "case.yaml")) var cases: [String]

  func run() throws {
    let files: [(name: String, results: [PolicyCaseFile.Result])]
    do {
      let policy = try images.policy(policy)
      files = try cases.map { name in
        let path = ByteString(name)
        let bytes = try FileDescriptor.contents(of: path, limit: PolicySource.sizeLimit + 1)
        let results = try PolicyCaseFile(bytes, named: name).run(policy) { document in
          let place = document.hasPrefix("/") ? document : path.parentPath.appending(path: document)
          return try FileDescriptor.contents(of: place, limit: 4 << 20)
        }
        return (name, results)
      }
      if let junit {
        let path = ByteString(junit)
        let directory = try FileDescriptor.open(path.parentPath, [.readOnly, .directory])
        try directory.replace(path.lastPathComponent, with: Array(JUnitReport(files).text.utf8), mode: 0o644)
      }
    } catch {
      try StandardStream.error.write("\(error)\n")
      throw ExitCode(3)
    }
    let results = files.flatMap(\.results)
    let failures = results.count { $0.failure != nil }
    if json {
      JSONOutput.print([
        "passed": JSONValue(results.count - failures), "failed": JSONValue(failures),
        "cases": .array(results.map(\.json)),
      ])
    } else {
      for result in results {
        print("\(result.failure == nil ? "ok  " : "FAIL") \(result.name)")
        guard let failure = result.failure else { continue }
        print("     \(result.place)")
        for line in failure.split(separator: "\n") { print("     \(line)") }
      }
      print("\(results.count - failures) passed, \(failures) failed")
    }
    if failures > 0 { throw ExitCode.failure }
  }
}

extension PolicyCaseFile.Result {
  fileprivate var json: JSONValue {
    var object: JSONObject = [
      "name": .string(name), "place": .string(ByteString(place)), "passed": .bool(failure == nil),
    ]
    object["failure"] = failure.map { .string(ByteString($0)) }
    return .object(object)
  }
}
