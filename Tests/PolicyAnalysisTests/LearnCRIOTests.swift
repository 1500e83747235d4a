import Bytes
import Policy
import PolicyAuthoring
import StrictJSON
import Testing

@testable import PolicyAnalysis

/// What is learned from the commands that CRI-O sent for pods.
struct LearnCRIOTests {
  private static func document(_ name: String) throws -> JSONValue {
    try StrictJSON.parse(try file("Tests/PolicyAuthoringTests/Fixtures/crio/\(name).json"))
  }

  private static func learn(_ documents: [JSONValue]) throws -> LearnedPolicy {
    let lock: ImageLock = try StrictJSON.decode(
      from: try file("Tests/PolicyAuthoringTests/Fixtures/images.lock"), named: "images.lock")
    let learner = try PolicyLearner(
      .init(
        name: "web", platform: "crio-1", images: lock, imageLock: "images.lock",
        volumes: ["/etc/nginx/conf.d": "web-config"]))
    return try learner.learn(
      try documents.enumerated().map { index, document in
        try ObservedCommand(
          record: UInt64(index + 1), verb: "create", id: try Trial(.create(document)).id, entry: nil,
          request: ["config": document])
      })
  }

  @Test(arguments: ["1.26.4", "1.36.3"])
  func `a pod without a sandbox is known by CRI-O's annotations`(version: String) throws {
    let document = try Self.document("\(version)/nginx/nginx")
    let policy = try compile(try Self.learn([document]).text)
    #expect(policy.containers.keys.sorted() == ["nginx"])
    #expect(try Trial(.create(document)).explain(policy).evaluation.violations == [])
    let other = try document.applying(.add("LD_PRELOAD=/x"), at: "/process/env/-")
    #expect(try !Trial(.create(other)).explain(policy).evaluation.isAdmitted)
  }

  @Test func `the variable that CRI-O puts before the image's is none of the container's`() throws {
    let text = try Self.learn([try Self.document("1.36.3/nginx/nginx")]).text
    #expect(text.split(separator: "PATH:").count == 2, "\(text)")
  }

  @Test func `the id of a container is that of its cgroup, without the program's name`() throws {
    let document = try Self.document("1.36.3/nginx/nginx")
    #expect(
      document["/annotations"]?[JSONPointer(tokens: ["io.kubernetes.cri-o.ContainerID"])]
        == .string(try Trial(.create(document)).id))
    let podman = try StrictJSON.parse(
      Array(#"{"linux": {"cgroupsPath": "/libpod_parent/libpod-\#(String(repeating: "ab", count: 32))"}}"#.utf8))
    #expect(try Trial(.create(podman)).id.count == 64)
    let other = try StrictJSON.parse(Array(#"{"linux": {"cgroupsPath": "/default/my-web-1"}}"#.utf8))
    #expect(try Trial(.create(other)).id == "my-web-1")
  }

  @Test func `a sandbox and its containers become one pod`() throws {
    let documents = try ["sandbox", "check", "proxy", "api"].map { try Self.document("1.36.3/sidecar/\($0)") }
    let learned = try Self.learn(documents)
    #expect(learned.text.contains("\nsandbox: "), "\(learned.text)")
    #expect(try compile(learned.text).containers.keys.sorted() == ["api", "check", "proxy"])
  }
}
