import Bytes
@testable import Policy
@testable import PolicyAnalysis
import RuntimeSpec
import StrictJSON
import Testing

struct ExplanationTests {
  /// A pod's container as containerd writes it, with what the example policy asks for.
  static func container() throws -> JSONValue {
    let document = try StrictJSON.parse(try file("Tests/RuntimeSpecTests/Fixtures/containerd-cri/container.json"))
    let arguments: JSONValue = [
      "/usr/bin/python3", "/srv/serve.py", "--model", "/model", "--host", "0.0.0.0", "--port", "8080",
    ]
    return try document.applying(.replace(arguments), at: "/process/args")
  }

  /// The example without the annotation that calls the image by another name.
  static func policy() throws -> Policy {
    var policy = try example()
    let image = try #require(policy.images["embed-service"])
    policy.images["embed-service"] = Image(
      name: image.name, geometry: image.geometry, integrity: image.integrity,
      references: ["registry.example.org/embeddings/embed-service:7"])
    return policy
  }

  @Test func `what containerd writes is admitted, and the entries that were not tried are named`() throws {
    let explanation = try Trial(.create(try Self.container())).explain(try Self.policy())
    #expect(explanation.evaluation.violations == [])
    #expect(explanation.evaluation.isAdmitted)
    #expect(explanation.candidates.map(\.entry) == ["embed"])
    #expect(explanation.untried == ["sandbox"])
  }

  @Test func `the entry with the fewest violations comes first`() throws {
    let document = try Self.container().applying(.add("LD_PRELOAD=/x"), at: "/process/env/-")
    let explanation = try Trial(.create(document)).explain(try Self.policy())
    #expect(!explanation.evaluation.isAdmitted)
    #expect(explanation.candidates.map(\.entry) == ["embed", "sandbox"])
    #expect(explanation.candidates[0].violations.map(\.code) == [.environmentUnexpected])
    #expect(explanation.candidates[0].violations[0].pointer == "/process/env/12")
    #expect(explanation.candidates[0].violations == explanation.evaluation.violations)
    #expect(explanation.untried.isEmpty)
  }

  @Test func `explaining an exec holds it against each exec of the entry`() throws {
    let process: JSONValue = [
      "user": ["uid": 10001, "gid": 10001], "cwd": "/", "noNewPrivileges": true, "env": ["PATH=/usr/bin:/bin"],
      "args": ["/usr/bin/python3", "/srv/health.py", "--port", "8080"],
    ]
    let policy = try Self.policy()
    let admitted = try Trial(.exec(process), entry: "embed").explain(policy)
    #expect(admitted.evaluation.violations == [])
    #expect(admitted.evaluation.entry == "embed/health")
    let other = try process.applying(.replace("/bin/sh"), at: "/args/0")
    let denied = try Trial(.exec(other), entry: "embed").explain(policy)
    #expect(denied.evaluation.violations.map(\.code) == [.execUnknown])
    #expect(denied.candidates.map(\.entry) == ["embed/health"])
    #expect(denied.candidates[0].violations.map(\.code) == [.arguments])
  }

  @Test func `a sample of each entry is admitted by it`() throws {
    for name in ["inference", "busybox"] {
      let policy = try example(name)
      for entry in policy.containers.keys.sorted() + (policy.sandbox == nil ? [] : ["sandbox"]) {
        let document = try #require(try policy.sample(of: entry))
        let evaluation = try Trial(.create(document)).explain(policy).evaluation
        #expect(evaluation.isAdmitted && evaluation.entry == entry, "\(evaluation.violations)")
      }
      #expect(try policy.sample(of: "other") == nil)
    }
  }

  @Test func `a change must fit the document`() throws {
    let document: JSONValue = ["a": [1, 2], "b": ["c": "d"]]
    #expect(try document.applying(.add(3), at: "/a/-") == ["a": [1, 2, 3], "b": ["c": "d"]])
    #expect(try document.applying(.add(0), at: "/a/0") == ["a": [0, 1, 2], "b": ["c": "d"]])
    #expect(try document.applying(.remove, at: "/b/c") == ["a": [1, 2], "b": [:]])
    for (operation, place) in [
      (.remove, "/x"), (.replace(1), "/a/2"), (.add(1), "/a/4"), (.add(1), "/x/y"), (.remove, ""), (.add(1), "/b/c/d"),
    ] as [(DocumentChange.Operation, JSONPointer)] {
      #expect(throws: JSONError.self, "\(place)") { try document.applying(operation, at: place) }
    }
    #expect(document.merging(["a": .null, "b": ["e": 1]]) == ["b": ["c": "d", "e": 1]])
  }
}
