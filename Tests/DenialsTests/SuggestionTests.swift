import Bytes
import PolicyAnalysis
import PolicyAuthoring
import StrictJSON
import Testing

@testable import DecisionLog
@testable import Denials
@testable import Policy

/// `suggest` over the table of cases: what a policy could admit gets a patch that admits it, and nothing wider.
struct SuggestionTests {
  private let embeddings: Embeddings

  init() throws { embeddings = try Embeddings() }

  /// Codes of which some policy of the platform could admit a case.
  private static let admittable: Set<ByteString> = [
    "WARD-ENV-UNEXPECTED", "WARD-ENV-VALUE", "WARD-ENV-MISSING", "WARD-ARGS", "WARD-USER", "WARD-CWD",
    "WARD-CAPABILITIES", "WARD-NO-NEW-PRIVILEGES", "WARD-RLIMIT", "WARD-TERMINAL", "WARD-EXEC-UNKNOWN", "WARD-LIMIT",
    "WARD-NAMESPACE", "WARD-SYSCTL",
  ]

  /// Cases of these codes that no policy can admit all the same.
  private static let refused: Set<ByteString> = [
    // No text of a policy has a line break or an empty list of arguments.
    "a line break in a value", "no arguments", "arguments missing", "lines of a log in a variable",
    // A way to the files of the node.
    "a working directory with ..",
    // The platform's own, or without an end.
    "memory without bound", "cpu to starve", "a limit that no one names", "a terminal's size",
    // Sets that no list of a policy means.
    "ambient capabilities", "inheritable capabilities", "bounding capabilities",
    "pids to starve",
    // What every container has, or none may have.
    "no mount namespace", "no namespaces", "a namespace twice", "a user namespace", "a time namespace",
    "the PID namespace of the node",
    // Parameters of the node.
    "a core pattern", "a sysctl with slashes",
    // The name of the pod stands in its annotations, too.
    "another pod's name",
  ]

  /// The pod's name, which the log tells.
  private static let surroundings = Surroundings(names: ["pod.name": "embeddings-7d9c6b5f4-x2x8q"])

  private func suggestion(_ verb: ByteString, _ request: JSONValue, entry: ByteString?) throws -> Suggestion {
    try Suggestion(
      for: HeldCommand(try Embeddings.record(verb, request, entry: entry)), in: embeddings.source,
      compile: Embeddings.compile)
  }

  private func check(_ mistake: Mistake, _ verb: ByteString, _ request: JSONValue, entry: ByteString?) throws {
    let suggestion: Suggestion
    do {
      suggestion = try self.suggestion(verb, request, entry: entry)
    } catch Suggestion.Problem.notAdmittable {
      #expect(
        !Self.admittable.contains(mistake.code) || Self.refused.contains(mistake.name),
        "\(mistake.name): \(mistake.code) could be admitted")
      return
    } catch Suggestion.Problem.admitted {
      // Whose name it is only a node with the pod's sandbox knows.
      #expect(mistake.name == "another pod's name")
      return
    }
    #expect(!Self.refused.contains(mistake.name), "\(suggestion.text)")
    // It admits the case.
    let replay = try Replay(
      HeldCommand(try Embeddings.record(verb, request, entry: entry)), suggestion.policy, in: Self.surroundings)
    #expect(replay.verdict == .admitted)
    // It is wider, and nowhere else than it says.
    let comparison = suggestion.comparison
    #expect(comparison.verdict == .wider, "\(suggestion.text)")
    for difference in comparison.differences {
      let isSaid = suggestion.steps.contains { step in
        ([step.place] + step.inherited).contains { difference.field.tokens.starts(with: $0.tokens) }
      }
      #expect(isSaid, "\(difference.field): \(difference.new)\n\(suggestion.text)")
    }
    // The text that is written has the change, and each comment of the author.
    let text = try suggestion.text(of: embeddings.source)
    #expect(text.hasPrefix("# The policy of Tests/PolicyTests"))
    #expect(
      try Embeddings.compile(PolicySource(Array(text.utf8), named: "text")).canonicalBundle()
        == suggestion.policy.canonicalBundle())
    // What the patch says is what was tried: applied to the text, it makes the same policy.
    let patched = embeddings.source.document.value.merging(
      try YAMLDocument(Array(suggestion.text.utf8), named: "patch").value)
    let source = try PolicySource(JSONWriter.encode(patched), named: "patched")
    #expect(try Embeddings.compile(source).canonicalBundle() == suggestion.policy.canonicalBundle())
  }

  @Test func `the pod of the tests is admitted`() throws {
    let request: JSONValue = ["config": try Embeddings.container(), "bundle": "/run/b", "descriptors": 0]
    let replay = try Replay(HeldCommand(try Embeddings.record("create", request)), embeddings.policy)
    #expect(replay.verdict == .admitted, "\(replay.explanation.evaluation.violations)")
    #expect(throws: Suggestion.Problem.self) { try suggestion("create", request, entry: nil) }
  }

  @Test(arguments: try Mistake.all("create"))
  func `a container that a policy could admit gets the smallest change`(_ mistake: Mistake) throws {
    let config = mistake.apply(to: try Embeddings.container())
    try check(mistake, "create", ["config": config, "bundle": "/run/b", "descriptors": 0], entry: nil)
  }

  @Test(arguments: try Mistake.all("exec"))
  func `an exec that a policy could admit gets the smallest change`(_ mistake: Mistake) throws {
    let process = try #require(try Embeddings.container()["/process"]).replacing(
      "/args", with: ["python3", "/srv/health.py"])
    try check(
      mistake, "exec", ["process": mistake.apply(to: process), "descriptors": 0, "cgroups": []], entry: "embed")
  }

  @Test func `signals, pause and limits of an update have their changes`() throws {
    #expect(
      try suggestion("kill", ["signal": 1, "all": false], entry: "embed").text
        == "containers:\n  embed:\n    signals: [TERM, KILL, HUP]\n")
    #expect(try suggestion("pause", [:], entry: "embed").text == "containers:\n  embed:\n    pause: allow\n")
    #expect(
      try suggestion("update", ["resources": ["memory": ["limit": 17_179_869_184]]], entry: "embed").text
        == "containers:\n  embed:\n    limits:\n      memory: {range: [1073741824, 17179869184]}\n")
  }

  @Test func `a value that was not recorded is asked for`() throws {
    let config = try Embeddings.container().replacing("/process/env/12", with: "API_KEY=<7 bytes>")
    let record = try Embeddings.record(
      "create", ["config": config, "bundle": "/b", "descriptors": 0, "redacted": ["/config/process/env/12"]])
    var command = try HeldCommand(record)
    #expect(try Replay(command, embeddings.policy).verdict == .denied)
    do {
      _ = try Suggestion(for: command, in: embeddings.source, compile: Embeddings.compile)
      Issue.record("no value was asked for")
    } catch Suggestion.Problem.valueNeeded(_, let option) {
      #expect(option == "--value API_KEY=VALUE")
    }
    try command.fill(variable: "API_KEY", value: "example")
    let suggestion = try Suggestion(for: command, in: embeddings.source, compile: Embeddings.compile)
    #expect(suggestion.text == "containers:\n  embed:\n    env:\n      API_KEY: example\n")
    #expect(throws: HeldCommand.Problem.self) { try command.fill(variable: "OTHER", value: "x") }
  }

  @Test func `a decision that hangs on a value that was not recorded is none`() throws {
    let config = try Embeddings.container().replacing("/process/env/3", with: "POD_IP=<11 bytes>")
    let record = try Embeddings.record(
      "create", ["config": config, "bundle": "/b", "descriptors": 0, "redacted": ["/config/process/env/3"]])
    var command = try HeldCommand(record)
    #expect(try Replay(command, embeddings.policy).verdict == .undecided)
    try command.fill(variable: "POD_IP", value: "10.244.1.17")
    #expect(try Replay(command, embeddings.policy).verdict == .admitted)
  }

  @Test func `what lint thinks of a change is told`() throws {
    let config = try Embeddings.container().replacing("/process/env/12", with: "LD_PRELOAD=/tmp/x.so")
    let suggestion = try suggestion("create", ["config": config, "bundle": "/b", "descriptors": 0], entry: nil)
    #expect(suggestion.text == "containers:\n  embed:\n    env:\n      LD_PRELOAD: /tmp/x.so\n")
    let root = try Embeddings.container().replacing("/process/user", with: ["uid": 0, "gid": 0])
    let finding = try self.suggestion("create", ["config": root, "bundle": "/b", "descriptors": 0], entry: nil).findings
    #expect(finding.map(\.code).contains(.root))
  }

  /// A container of another image.
  private func check() throws -> JSONValue {
    let log: ByteString = "/var/lib/kubelet/pods/3b6f1c52-8a4e-4d0b-9c57-2f61de08a7b3/containers/check/4f1d2c9a"
    return try Embeddings.container().replacing("/mounts/7/source", with: .string(log))
      .replacing("/process/args", with: ["/check", "--all"]).replacing("/process/env/12", with: "DEPTH=3")
      .replacing("/annotations/io.kubernetes.cri.container-name", with: "check")
      .replacing("/annotations/io.kubernetes.cri.image-name", with: "registry.example.org/tools/check:3")
  }

  @Test func `a container of an image that no entry has gets an entry of its own`() throws {
    let record = try Embeddings.record("create", ["config": check(), "bundle": "/b", "descriptors": 0])
    let command = try HeldCommand(record)
    let suggestion = try Suggestion(
      for: command, in: embeddings.source, images: Embeddings.lock, compile: Embeddings.compile)
    #expect(suggestion.steps.map(\.place) == ["/containers/check"])
    #expect(suggestion.text.hasPrefix("containers:\n  check:\n    image: check\n"), "\(suggestion.text)")
    #expect(try Replay(command, suggestion.policy).verdict == .admitted)
    #expect(suggestion.comparison.verdict == .wider)
    let isElsewhere = suggestion.comparison.differences.contains {
      !$0.field.tokens.starts(with: ["containers", "check"])
    }
    #expect(!isElsewhere)
    // Which image it is only the lock file says.
    #expect(throws: Suggestion.Problem.self) {
      try Suggestion(for: command, in: embeddings.source, compile: Embeddings.compile)
    }
  }

  @Test func `an entry of its own needs each value, and an image of the lock file`() throws {
    var request: JSONObject = ["config": try check(), "bundle": "/b", "descriptors": 0]
    request["redacted"] = ["/config/process/env/12"]
    do {
      _ = try Suggestion(
        for: HeldCommand(try Embeddings.record("create", .object(request))), in: embeddings.source,
        images: Embeddings.lock, compile: Embeddings.compile)
      Issue.record("no value was asked for")
    } catch Suggestion.Problem.valueNeeded(_, let option) { #expect(option == "--value DEPTH=VALUE") }
    request["redacted"] = nil
    request["config"] = try check().replacing(
      "/annotations/io.kubernetes.cri.image-name", with: "registry.example.org/unknown:1")
    do {
      _ = try Suggestion(
        for: HeldCommand(try Embeddings.record("create", .object(request))), in: embeddings.source,
        images: Embeddings.lock, compile: Embeddings.compile)
      Issue.record("an image that nobody pinned got an entry")
    } catch Suggestion.Problem.noEntry(let reason) { #expect(reason.contains("registry.example.org/unknown:1")) }
  }

  @Test func `whoever wants no change of an entry gets another one`() throws {
    let config = try Embeddings.container().replacing("/process/env/12", with: "DEPTH=3")
    let record = try Embeddings.record("create", ["config": config, "bundle": "/b", "descriptors": 0])
    let suggestion = try Suggestion(
      for: HeldCommand(record), in: embeddings.source, images: Embeddings.lock, isNewEntry: true,
      compile: Embeddings.compile)
    #expect(suggestion.steps.map(\.place) == ["/containers/embed-2"])
    #expect(try Replay(HeldCommand(record), suggestion.policy).verdict == .admitted)
  }

  @Test func `an exec must agree with its container in the names of the policy`() throws {
    let process = try #require(try Embeddings.container()["/process"]).replacing(
      "/args", with: ["python3", "/srv/health.py"])
    let request: JSONValue = ["process": process, "descriptors": 0, "cgroups": []]
    let command = try HeldCommand(try Embeddings.record("exec", request, entry: "embed"))
    func replay(_ names: [ByteString: ByteString]) throws -> Replay {
      try Replay(command, embeddings.policy, in: Surroundings(names: names))
    }
    let unknown = try replay([:])
    #expect(unknown.verdict == .undecided)
    #expect(unknown.unknownNames == ["pod.name"])
    #expect(try replay(["pod.name": "embeddings-7d9c6b5f4-x2x8q"]).verdict == .admitted)
    let other = try replay(["pod.name": "other-0"])
    #expect(other.verdict == .denied)
    #expect(other.certain.map(\.code) == [.environmentValue])
  }
}
