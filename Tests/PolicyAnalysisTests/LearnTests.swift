import Bytes
import Policy
import PolicyAuthoring
import StrictJSON
import Testing

@testable import PolicyAnalysis

/// What is learned from the commands that containerd 2.1 sent for a pod, and from those of pods like it.
struct LearnTests {
  /// Another pod of the same manifest: its own ids, addresses and names.
  struct Pod {
    let uid: String
    let address: String
    let ids: [Character]

    static let all = [
      Pod(uid: "3b6f1c52-8a4e-4d0b-9c57-2f61de08a7b3", address: "10.244.1.17", ids: []),
      Pod(uid: "91c7e2aa-0d4f-4f1e-8d43-6a5b7c8d9e0f", address: "10.244.1.18", ids: ["d", "1"]),
      Pod(uid: "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d", address: "10.244.3.1", ids: ["b", "2"]),
    ]

    /// The document as it is for this pod.
    func document(_ name: String) throws -> JSONValue {
      let path = "Manifests/examples/sidecar/cases/\(name).json"
      var text = String(decoding: try file(path), as: UTF8.self)
      text = text.replacing(Pod.all[0].uid, with: uid).replacing("10.98.0.3", with: address)
      // Ids have 64 digits; another first digit makes another id, and another last one another.
      guard ids.count == 2 else { return try StrictJSON.parse(Array(text.utf8)) }
      for match in text.matches(of: /[0-9a-f]{64}/).map({ String($0.output) }) {
        text = text.replacing(match, with: "\(ids[0])" + match.dropFirst().dropLast() + "\(ids[1])")
      }
      return try StrictJSON.parse(Array(text.utf8))
    }
  }

  private static func lock() throws -> ImageLock {
    try StrictJSON.decode(from: try file("Tests/PolicyAuthoringTests/Fixtures/images.lock"), named: "images.lock")
  }

  private static func learner(_ platform: ByteString = "containerd-cri-2") throws -> PolicyLearner {
    try PolicyLearner(.init(name: "api", platform: platform, images: try lock(), imageLock: "images.lock"))
  }

  private static func create(_ record: UInt64, _ document: JSONValue, id: ByteString? = nil) throws -> ObservedCommand {
    let trial = try Trial(.create(document))
    return try ObservedCommand(
      record: record, verb: "create", id: id ?? trial.id, entry: nil, request: ["config": document])
  }

  private static func other(_ verb: ByteString, _ record: UInt64, _ id: ByteString, _ request: JSONValue = [:]) throws
    -> ObservedCommand
  {
    try ObservedCommand(record: record, verb: verb, id: id, entry: nil, request: request)
  }

  /// The commands of some pods, one after the other.
  private static func commands(_ pods: [Pod] = Pod.all) throws -> [ObservedCommand] {
    var commands: [ObservedCommand] = []
    for pod in pods {
      for name in ["sandbox", "check", "proxy", "api"] {
        let create = try create(UInt64(commands.count + 1), try pod.document(name))
        commands.append(create)
        commands.append(try other("start", UInt64(commands.count + 1), create.id))
        guard name == "proxy" else { continue }
        let process: JSONValue = [
          "user": ["uid": 2000, "gid": 2000, "additionalGids": [2000, 2500]], "cwd": "/", "noNewPrivileges": true,
          "args": ["/proxy", "ready"],
          "env": [
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TOKEN=hvs.CAESIJ",
            .string(ByteString("POD_IP=\(pod.address)")), "UPSTREAM=http://127.0.0.1:9000",
          ],
          "capabilities": [
            "bounding": ["CAP_NET_BIND_SERVICE"], "effective": ["CAP_NET_BIND_SERVICE"],
            "permitted": ["CAP_NET_BIND_SERVICE"],
          ],
        ]
        commands.append(try other("exec", UInt64(commands.count + 1), create.id, ["process": process]))
        commands.append(try other("kill", UInt64(commands.count + 1), create.id, ["signal": 15, "all": false]))
      }
    }
    return commands
  }

  @Test func `a pod that was seen once is stated exactly`() throws {
    let learned = try Self.learner().learn(try Self.commands([Pod.all[0]]))
    #expect(learned.rules.isEmpty)
    #expect(learned.text.contains("args: [/proxy, --bind, 10.244.1.17:443]"))
    #expect(
      learned.text.contains("capabilities: [NET_BIND_SERVICE]") || learned.text.contains("[CAP_NET_BIND_SERVICE]"))
    #expect(learned.text.contains("signals: [TERM]"))
    #expect(!learned.text.contains("KUBERNETES_SERVICE_HOST"))
    let policy = try compile(learned.text)
    #expect(policy.containers["proxy"]?.exec["proxy"]?.environment == policy.containers["proxy"]?.process.environment)
    #expect(policy.containers["api"]?.signals == [])
    let another = try Trial(.create(try Pod.all[1].document("proxy"))).explain(policy)
    #expect(another.evaluation.violations.map(\.pointer.description) == ["/process/args/2", "/process/env/2"])
  }

  @Test func `what differs from pod to pod becomes a hole, and the same value one name`() throws {
    let learned = try Self.learner().learn(try Self.commands())
    #expect(learned.text.contains("args: [/proxy, --bind, {pattern: \"{POD_IP:ipv4}:443\"}]"), "\(learned.text)")
    #expect(learned.text.contains("POD_IP: {pattern: \"{POD_IP:ipv4}\"}"))
    #expect(learned.text.contains("# seen: 10.244.1.17, 10.244.1.18, 10.244.3.1"))
    #expect(learned.rules.map(\.place).contains("/containers/proxy/env/POD_IP"))
    #expect(learned.text.contains("sandbox: {instances: 3, user: {uid: 2000, gid: 2000}}"))
    let policy = try compile(learned.text)
    #expect(policy.containers["proxy"]?.instances == 3)
    // A pod that nobody has seen.
    let fourth = Pod(uid: "11111111-2222-4333-8444-555555555555", address: "10.9.9.9", ids: ["c", "3"])
    for name in ["sandbox", "check", "proxy", "api"] {
      let trial = try Trial(.create(try fourth.document(name)))
      #expect(try trial.explain(policy).evaluation.violations == [], "\(name)")
    }
    // An address of its own in the argument.
    let document = try Pod.all[0].document("proxy").applying(.replace("10.244.1.99:443"), at: "/process/args/2")
    #expect(try !Trial(.create(document)).explain(policy).evaluation.isAdmitted)
  }

  @Test(arguments: ["check", "proxy", "api"])
  func `a command that differs in one value is denied`(name: String) throws {
    let policy = try compile(try Self.learner().learn(try Self.commands()).text)
    let document = try Pod.all[0].document(name)
    let trial = try Trial(.create(document))
    #expect(try trial.explain(policy).evaluation.violations == [])
    // What the platform leaves open, and what no policy looks at; the sandbox of a trial has no namespace to compare.
    let free: [JSONPointer] = [
      "/ociVersion", "/root", "/linux/seccomp", "/process/oomScoreAdj", "/linux/resources/memory/swap",
      "/linux/resources/cpu/shares", "/annotations/io.kubernetes.cri.sandbox-namespace",
    ]
    var count = 0
    for place in document.leaves where !free.contains(where: { place.tokens.starts(with: $0.tokens) }) {
      // The volume's name at kubelet says nothing: its content is never used.
      let mount = JSONPointer(tokens: Array(place.tokens.prefix(2)))
      if place.tokens.last == "source", document[mount / "destination"] == "/state" { continue }
      let value: JSONValue =
        switch document[place] {
        case .string(let text)?: .string(text + "x")
        case .integer(let number)?: .integer(number + 1)
        case .bool(let bool)?: .bool(!bool)
        case .null?, .array?, .object?, nil: .null
        }
      count += 1
      do {
        let changed = try Trial(.create(try document.applying(.replace(value), at: place)), id: trial.id)
        #expect(try !changed.explain(policy).evaluation.isAdmitted, "\(place)")
      } catch {
        // What the reader refuses is denied as well.
      }
    }
    #expect(count > 80)
    let more = try document.applying(.add("LD_PRELOAD=/x"), at: "/process/env/-")
    #expect(try !Trial(.create(more)).explain(policy).evaluation.isAdmitted)
  }

  @Test func `an image that is not in the lock file is an error with its name`() throws {
    let document = try Pod.all[0].document("api").applying(
      .replace("registry.example.org/other:1"), at: "/annotations/io.kubernetes.cri.image-name")
    let error = try #require(throws: LearnError.self) {
      try Self.learner().learn([try Self.create(7, document)])
    }
    #expect(error.description.contains("record 7: container api: "), "\(error)")
    #expect(error.description.contains("registry.example.org/other:1"))
  }

  @Test func `what no policy of the platform can state is an error at its place`() throws {
    let document = try Pod.all[0].document("api").applying(.add(["prestart": []]), at: "/hooks")
    let error = try #require(throws: LearnError.self) { try Self.learner().learn([try Self.create(3, document)]) }
    #expect(error.record == 3)
    #expect(error.description.contains("WARD-HOOKS"), "\(error)")
  }

  @Test func `commands about containers that the log does not hold are told`() throws {
    let commands = try Self.commands([Pod.all[0]]) + [try Self.other("kill", 99, "gone", ["signal": 9, "all": false])]
    let learned = try Self.learner().learn(commands)
    #expect(learned.leftOut.map(\.record) == [99])
    #expect(throws: LearnError.self) { try Self.learner().learn([commands[commands.count - 1]]) }
  }

  @Test func `limits become ranges, what is paused may be, and only those at a time count`() throws {
    let first = try Pod.all[0].document("api")
    let second = try first.applying(.replace(.integer(1 << 30)), at: "/linux/resources/memory/limit")
    var commands = [try Self.create(1, first, id: "a"), try Self.other("delete", 2, "a", ["force": true])]
    commands += [
      try Self.create(3, second, id: "a"), try Self.other("pause", 4, "a"), try Self.other("resume", 5, "a"),
    ]
    let resources: JSONValue = ["memory": ["limit": 268_435_456], "pids": ["limit": 64]]
    commands.append(try Self.other("update", 6, "a", ["resources": resources]))
    // The cgroup path ends in the id.
    commands = try commands.map { command in
      guard case .create(let document) = command.command, case .string(let path)? = document["/linux/cgroupsPath"]
      else {
        return command
      }
      let parts = path.split(UInt8(ascii: "/")).dropLast() + ["a"]
      let own = ByteString(parts.map(\.bytes).joined(separator: [UInt8(ascii: "/")]))
      return try Self.create(
        command.record, try document.applying(.replace(.string(own)), at: "/linux/cgroupsPath"), id: "a")
    }
    let learned = try Self.learner().learn(commands)
    let entry = try #require(try compile(learned.text).containers["api"])
    #expect(entry.limits.rules[.memory]?.range == (256 << 20)...(1 << 30))
    #expect(entry.limits.rules[.pids] == LimitRule(range: 64...64, isOptional: true))
    #expect(entry.canPause)
    #expect(entry.instances == 1)
  }
}

extension JSONValue {
  /// The places of values that hold no others.
  fileprivate var leaves: [JSONPointer] {
    let members: [(ByteString, JSONValue)] =
      switch self {
      case .object(let object): object.members.map { ($0.key, $0.value) }
      case .array(let elements): elements.enumerated().map { (ByteString(String($0.offset)), $0.element) }
      case .null, .bool, .integer, .string: []
      }
    guard !members.isEmpty else { return [JSONPointer()] }
    return members.flatMap { key, value in
      value.leaves.map { JSONPointer(tokens: [key] + $0.tokens) }
    }
  }
}
