import Bytes
import Digest
import Linux
import NodeConfiguration
import RuntimeSpec
import StrictJSON
import Testing

@testable import Attestation
@testable import DecisionLog
@testable import Policy

/// What a record holds of a command.
struct RedactionTests {
  private static let secret = "s3cr3t-0f-th3-us3r"

  /// What the policy of the tests says to a process.
  private static let stated: StatedValues = {
    var own = EnvironmentRules()
    var platform = EnvironmentRules()
    do {
      try own.add("PATH", EnvironmentRule(.exact("/bin")))
      try own.add("MODE", EnvironmentRule(.oneOf([.exact("a"), .exact("b")])))
      try own.add("THREADS", EnvironmentRule(.range(1...16)))
      try own.add("TOKEN", EnvironmentRule(.pattern(try Pattern("{text}"))))
      try platform.add("HOSTNAME", EnvironmentRule(.pattern(try Pattern("{dnsName}")), isOptional: true))
    } catch { Issue.record("\(error)") }
    return StatedValues(own: own, platform: platform, arguments: [.exact("/bin/serve"), .exact("--port")])
  }()

  private static let request: JSONValue = [
    "bundle": "/run/bundle", "descriptors": 0,
    "config": [
      "process": [
        "args": ["/bin/serve", "--port", .string(ByteString(secret))],
        "env": [
          "PATH=/bin", "MODE=b", "THREADS=3", "HOSTNAME=web-0", "SERVICE=tcp://10.96.0.1:443", "EMPTY=",
          .string(ByteString("TOKEN=" + secret)), .string(ByteString("LD_PRELOAD=" + secret)),
          .string(ByteString(secret)), .string(ByteString("=" + secret)), .string(ByteString("PATH=" + secret)),
          .string(ByteString("HOSTNAME=" + secret + "/")),
        ], "user": ["uid": 0],
      ],
      "annotations": ["io.kubernetes.cri.container-name": "web", "note": .string(ByteString(secret))],
      "mounts": [["destination": "/a", "source": .string(ByteString("//h?password=" + secret))]],
      "hooks": ["prestart": [["path": .string(ByteString("/" + secret)), "env": [.string(ByteString(secret))]]]],
      "linux": [
        "seccomp": [
          "defaultAction": "SCMP_ACT_ERRNO", "listenerMetadata": .string(ByteString(secret)),
          "syscalls": [["names": ["read", .string(ByteString(secret))], "action": "SCMP_ACT_ALLOW"]],
        ], "cgroupsPath": "/kubepods/x",
      ],
    ],
  ]

  private static func decision(_ mode: Policy.Mode = .enforce) throws -> Decision {
    let violations = [
      Violation(.annotation, at: "/annotations/note", expected: "no such annotation", got: "<18 bytes>")
    ]
    return Decision(
      policy: PolicyIdentity(name: "p", version: 1, digest: HashAlgorithm.sha256.digest(of: [])), mode: mode,
      verb: .create, container: try #require(ContainerID("c1")),
      evaluation: Evaluation(
        outcome: .deny(violations), entry: "web", violations: violations, trace: [], stated: stated))
  }

  private func record(_ commands: NodeConfiguration.DecisionLog.Commands) throws -> (DecisionRecord, [UInt8]) {
    let log = try TestLog(commands: commands)
    _ = try log.chain.append(try Self.decision(), request: Self.request)
    return (try #require(try log.chain.read().records.first), try log.contents())
  }

  @Test func `a denied command is kept without what may be secret, and tells what is gone`() throws {
    let (record, line) = try record(.redacted)
    #expect(line.allSatisfy { $0 == 10 || (0x20...0x7E).contains($0) })
    let text = try #require(record.request)
    #expect(!text.description.contains(Self.secret))
    guard case .object(let request) = try StrictJSON.parse(text.bytes) else {
      Issue.record("no object")
      return
    }
    #expect(request["bundle"] == "/run/bundle")
    #expect(
      Set(places(request["redacted"])) == [
        "/config/annotations/note", "/config/hooks/prestart/0/env/0", "/config/hooks/prestart/0/path",
        "/config/linux/seccomp/listenerMetadata", "/config/linux/seccomp/syscalls", "/config/mounts/0/source",
        "/config/process/args/2", "/config/process/env/10", "/config/process/env/11", "/config/process/env/6",
        "/config/process/env/7", "/config/process/env/8", "/config/process/env/9",
      ])
    guard case .object(let config)? = request["config"], case .object(let process)? = config["process"] else {
      Issue.record("no process")
      return
    }
    #expect(request["config"]?["/linux/seccomp"]?["/syscalls"] == .array([]))
    #expect(request["config"]?["/linux/seccomp"]?["/defaultAction"] == "SCMP_ACT_ERRNO")
    #expect(process["args"] == ["/bin/serve", "--port", "<18 bytes>"])
    #expect(
      process["env"] == [
        "PATH=/bin", "MODE=b", "THREADS=3", "HOSTNAME=web-0", "SERVICE=tcp://10.96.0.1:443", "EMPTY=",
        "TOKEN=<18 bytes>", "LD_PRELOAD=<18 bytes>", "<18 bytes>", "<19 bytes>", "PATH=<18 bytes>",
        "HOSTNAME=<19 bytes>",
      ])
  }

  @Test(
    arguments: [
      ["resources": ["unified": ["a": "password=x"]]], ["resources": [:]], [:],
      [
        "process": ["args": ["sh", "-c", "\u{1}\"x\\"], "env": ["A\"=secret", "B"]], "descriptors": 0, "cgroups": [],
      ],
      ["config": ["linux": ["seccomp": ["syscalls": []]]]], ["config": ["linux": ["seccomp": ["syscalls": "pwd=1"]]]],
      [
        "config": ["annotations": "token=\"x", "hooks": [["a"]], "process": [["env"]], "a\"b": "pwd=1"],
        "zone": "pwd=1",
      ],
    ] as [JSONValue])
  func `what is kept is canonical, wherever the list of what is gone comes in`(_ request: JSONValue) throws {
    let evaluation = try Self.decision().evaluation
    let texts = RequestRedaction.texts(of: request, evaluation, limit: 1 << 20)
    #expect(texts.whole == CanonicalJSON.encode(request))
    let redacted = try #require(texts.redacted)
    let value = try StrictJSON.parse(redacted)
    #expect(CanonicalJSON.encode(value) == redacted)
    // Nothing else is changed.
    var filled = value
    for place in places(value["/redacted"]) {
      let place = try #require(JSONPointer(place))
      #expect(value[place] != nil)
      filled = filled.replacing(place, with: request[place])
    }
    #expect(CanonicalJSON.encode(filled.replacing("/redacted", with: nil)) == texts.whole)
  }

  @Test func `what is too long for a record is not looked through`() throws {
    let evaluation = try Self.decision().evaluation
    let size = CanonicalJSON.encode(Self.request).count
    #expect(RequestRedaction.texts(of: Self.request, evaluation, limit: size - 1).redacted == nil)
    #expect(RequestRedaction.texts(of: Self.request, evaluation, limit: size).redacted != nil)
  }

  private func places(_ value: JSONValue?) -> [ByteString] {
    guard case .array(let elements)? = value else { return [] }
    return elements.compactMap { if case .string(let text) = $0 { text } else { nil } }
  }

  @Test func `the node says whether commands are kept whole, or not at all`() throws {
    let whole = CanonicalJSON.encode(Self.request)
    let digest = ByteString(Hex.encode(HashAlgorithm.sha256.digest(of: whole).bytes))
    #expect(try record(.whole).0.request == ByteString(whole))
    #expect(try record(.none).0.request == nil)
    for commands in [.redacted, .whole, .none] as [NodeConfiguration.DecisionLog.Commands] {
      #expect(try record(commands).0.requestDigest == digest)
    }
  }

  @Test func `what was admitted is kept whole in an audit, and not at all otherwise`() throws {
    let log = try TestLog()
    for mode in [Policy.Mode.conformance, .audit] { try log.append(mode, request: Self.request) }
    let records = try log.chain.read().records
    #expect(records.map(\.request) == [nil, ByteString(CanonicalJSON.encode(Self.request))])
    #expect(try log.chain.read().faults.isEmpty)
  }

  @Test(
    arguments: [
      "password=x1", "//host/share?pwd=1", "https://user:pa55@registry.example/v2", "ghp_0123456789abcdef0123",
      "AKIAIOSFODNN7EXAMPLE", "-----BEGIN PRIVATE KEY-----", "eyJhbGciOiJIUzI1NiJ9.e30.x", "username=a,PASSWORD=b",
      "dGhpcyBpcyBhIHNlY3JldCBrZXkgMDE5Mg", "sk-0123456789abcdef",
    ] as [ByteString])
  func `what looks like a credential is told by its length`(_ text: ByteString) {
    #expect(text.looksLikeCredential)
  }

  @Test(
    arguments: [
      "/var/run/secrets/kubernetes.io/serviceaccount", "registry.example/embed:7", "disk-1", "nosuid,noexec,nodev",
      "c3a1f9e8d7b6a5948372615049382716a5b4c3d2e1f00918273645546372819a", "/kubepods/burstable/pod3b6f1c52-8a4e", "",
      "size=65536k", "/srv/tokenizer.json", "token", "https://registry.example:5000/a@b",
    ] as [ByteString])
  func `what is no credential is told`(_ text: ByteString) {
    #expect(!text.looksLikeCredential)
  }
}
