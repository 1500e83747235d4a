import Bytes
import Policy
import PolicyAnalysis
import PolicyAuthoring
import Testing

struct CaseTests {
  private static let head = "apiVersion: ward/v1\nkind: PolicyCases\ncases:\n"

  private func read(_ path: ByteString) throws -> [UInt8] { try file("Manifests/policies/\(path)") }

  @Test(arguments: ["inference", "nginx", "sidecar"])
  func `the cases of the pods are as expected`(name: String) throws {
    let folder: ByteString = "Manifests/examples/" + ByteString(name)
    let policy = try compile(String(decoding: try file("\(folder)/policy.yaml"), as: UTF8.self))
    let cases = try PolicyCaseFile(try file("\(folder)/policy.case.yaml"), named: "\(name).case.yaml")
    let results = cases.run(policy) { path throws in try file("\(folder)/\(path)") }
    #expect(results.compactMap { result in result.failure.map { "\(result.place): \($0)" } } == [])
    #expect(results.count >= 12)
  }

  private func run(_ text: String, _ policy: Policy) throws -> [PolicyCaseFile.Result] {
    try PolicyCaseFile(Array((Self.head + text).utf8), named: "a.case.yaml").run(policy, read: read)
  }

  @Test(arguments: [("busybox", 9), ("inference", 10), ("inference-gpu", 10), ("conformance", 2)])
  func `the cases of the examples are as expected`(name: String, count: Int) throws {
    let cases = try PolicyCaseFile(try file("Manifests/policies/\(name).case.yaml"), named: "\(name).case.yaml")
    let results = cases.run(try example(name), read: read)
    #expect(results.compactMap { result in result.failure.map { "\(result.place): \($0)" } } == [])
    #expect(results.count == count)
  }

  @Test(arguments: [
    ("- {name: a, config: cases/box.json, expect: deny}", "expected deny, got admit"),
    ("- {name: a, config: cases/box.json, expect: admit, entry: other}", "expected the entry other, got shell"),
    (
      "- {name: a, config: cases/box.json, merge: {hostname: a b}, expect: admit}",
      "expected admit, got deny\n  WARD-HOSTNAME at /hostname"
    ),
    (
      "- {name: a, config: cases/box.json, merge: {hostname: a b}, expect: deny, code: WARD-USER}",
      "expected WARD-USER, got\n  WARD-HOSTNAME at /hostname"
    ),
    (
      "- {name: a, config: cases/box.json, merge: {hostname: a b}, expect: deny, pointer: /x}",
      "expected a violation at /x, got\n  WARD-HOSTNAME at /hostname"
    ),
    ("- {name: a, config: cases/none.json, expect: deny}", "no such file"),
    ("- {name: a, config: cases/box.json, changes: [{op: remove, path: /x}], expect: deny}", "/x"),
    ("- {name: a, config: {ociVersion: \"1.0.2\", other: 1}, expect: deny}", "/other"),
  ]) func `a case that is not as expected fails with the reason`(text: String, reason: String) throws {
    let results = try run(text, try example("busybox"))
    let failure = try #require(results.first?.failure)
    #expect(ByteString(failure).bytes.contains(sequence: Array(reason.utf8)), "\(failure)")
    #expect(results.first?.place == "a.case.yaml:4:4")
  }

  @Test(arguments: [
    ("- {name: a, config: x, expect: deny, codes: X}", "4:38: unknown key \"codes\", did you mean \"code\"?"),
    ("- {name: a, config: x, expect: maybe}", "4:32: expected admit|deny"),
    ("- {name: a, config: x, expect: deny, code: WARD-X}", "4:44: expected a code"),
    ("- {name: a, config: x, expect: admit, code: WARD-ARGS}", "4:39: unknown key \"code\""),
    ("- {name: a, command: kill, container: b, expect: deny}", "the key \"signal\""),
    ("- {name: a, command: start, expect: deny}", "the key \"container\""),
    ("- {name: a, command: start, container: b, config: x, expect: deny}", "unknown key \"config\""),
    ("- {name: a, config: x, changes: [{op: move, path: /x}], expect: deny}", "4:39: expected add|replace|remove"),
    ("- {name: a, config: x, expect: deny}\n- {name: a, config: x, expect: deny}", "5:10: expected each name once"),
    ("  []", "expected at least one case"),
  ]) func `a mistake in a file of cases has its place`(text: String, message: String) throws {
    let error = #expect(throws: SourceMessage.self) { try run(text, try example("busybox")) }
    #expect(ByteString("\(try #require(error))").bytes.contains(sequence: Array(message.utf8)), "\(error as Any)")
  }

  @Test func `the report is XML whatever the names are`() throws {
    let results = try run("- {name: \"<a> & \\\"b\\\"\", config: cases/box.json, expect: deny}", try example("busybox"))
    let report = JUnitReport([("a.case.yaml", results)]).text
    #expect(
      report == """
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites>
          <testsuite name="a.case.yaml" tests="1" failures="1" errors="0">
            <testcase classname="a.case.yaml" name="&lt;a&gt; &amp; &quot;b&quot;">
              <failure message="expected deny, got admit">expected deny, got admit</failure>
            </testcase>
          </testsuite>
        </testsuites>

        """)
  }
}

extension [UInt8] {
  func contains(sequence: [UInt8]) -> Bool { indices.contains { self[$0...].starts(with: sequence) } }
}
