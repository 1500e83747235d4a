import Bytes
import Policy
import StrictJSON
import Testing

@testable import PolicyAuthoring

struct FormatTests {
  private func format(_ text: String) throws -> String {
    try PolicyFormat.format(Array(text.utf8), named: "policy.yaml")
  }

  /// The policies of the repository.
  private static let paths =
    ["busybox", "conformance", "inference", "inference-gpu"].map { "Manifests/policies/\($0).yaml" }
    + CapturedPod.all.map { "Manifests/examples/\($0.name)/policy.yaml" }

  @Test(arguments: paths)
  func `the policies of the repository are formatted`(path: String) throws {
    let bytes = try file(path)
    #expect(try PolicyFormat.format(bytes, named: path) == String(decoding: bytes, as: UTF8.self))
  }

  @Test func `keys come in the order of the language, and comments go where they belong`() throws {
    let text = """
      # Whose policy this is.

      kind: "Policy"   # always
      apiVersion: ward/v1
      metadata:
          version: 1
          name: 'test'

      containers:   # by name


        # the one container
        box:
          needs: []
          user: { gid: 1, uid: 1 } # nobody
          args: # what runs
          - "/bin/true"   # a program
          # and what it takes
          - {pattern: '{ipv4}'}
          # the end of args
          image: busybox
          env: {B: x, "A": "8080"}
          limits: {pids: 2, memory: 1Gi}
          # the end of box
      images: images.lock
      platform: bare-1
      """
    #expect(
      try format(text) == """
        # Whose policy this is.

        apiVersion: ward/v1
        kind: Policy # always
        metadata: {name: test, version: 1}
        platform: bare-1
        images: images.lock

        containers: # by name
          # the one container
          box:
            # the end of args
            image: busybox
            args: # what runs
            - /bin/true # a program
            # and what it takes
            - {pattern: "{ipv4}"}
            env:
              B: x
              A: "8080"
            user: {uid: 1, gid: 1} # nobody
            limits: {memory: 1Gi, pids: 2}
            needs: []
            # the end of box

        """)
  }

  @Test func `what does not fit in a line gets one for each part`() throws {
    let long = String(repeating: "x", count: 60)
    let text = policy(
      container: """
        env:
              A: {oneOf: [\(long), \(long), x]}
            limits: {memory: {range: [1Mi, 2Mi], optional: true}, pids: 2}
        """,
      process: """
        args:
            - |
              set -e
                # no comment
              exec true
        """)
    let lines = try format(text).split(separator: "\n").dropFirst(8).map { String($0) }
    #expect(
      lines == [
        "    args:", "    - |", "      set -e", "        # no comment", "      exec true", "    env:", "      A:",
        "        oneOf:", "        - \(long)", "        - \(long)", "        - x", "    user: {uid: 1, gid: 1}",
        "    limits:", "      memory: {range: [1Mi, 2Mi], optional: true}", "      pids: 2",
      ])
  }

  @Test func `a difference is as diff -u prints it`() {
    let old = (1...20).map { "\($0)\n" }.joined()
    let new = old.replacing("2\n3\n", with: "2\nthree\n3\n", maxReplacements: 1).replacing("\n17\n", with: "\n")
    #expect(
      TextDifference(from: old, to: new, named: ("a", "b")).description == """
        --- a
        +++ b
        @@ -1,5 +1,6 @@
         1
         2
        +three
         3
         4
         5
        @@ -14,7 +15,6 @@
         14
         15
         16
        -17
         18
         19
         20

        """)
    #expect(TextDifference(from: old, to: old, named: ("a", "b")).description == "")
    #expect(TextDifference(from: "", to: "x\n", named: ("a", "b")).description.contains("@@ -0,0 +1 @@\n+x\n"))
  }

  @Test func `a mistake is told as when the policy is compiled`() throws {
    for text in [policy(container: "unknown: 1"), policy(container: "cwd: srv"), "a: b: c", "- 1", ""] {
      let expected = try #require(throws: SourceMessage.self) { try compile(text) }
      #expect(throws: expected) { try format(text) }
    }
  }

  /// Random parts of policies: every key of the language, and texts that YAML takes for something else.
  private static func value(_ base: JSONValue, seed: UInt64) -> JSONValue {
    var generator = SeededGenerator(seed: seed)
    guard case .object(var root) = base, case .object(var containers)? = root["containers"] else { return base }
    for (name, container) in containers.members {
      guard case .object(var entry) = container else { continue }
      for key in entry.members.map(\.key) where !["image", "args", "user"].contains(key) {
        if Int.random(in: 0..<4, using: &generator) == 0 { entry[key] = nil }
      }
      if case .array(let arguments)? = entry["args"] {
        let more = YAMLTextTests.values.shuffled(using: &generator).prefix(Int.random(in: 0...3, using: &generator))
        entry["args"] = .array(
          arguments + more.map { .string(ByteString($0)) } + ["set -e\n  # no comment\n\nexec true\n"])
      }
      // Filters take long to compile.
      entry["seccomp"] = "none"
      containers[name] = .object(entry)
    }
    root["containers"] = .object(containers)
    return .object(root)
  }

  @Test(arguments: ["whole", "inference", "nginx", "sidecar"])
  func `whatever way a policy is written in, its bundle stays the same and it is formatted once`(base: String) throws {
    let text = base == "whole" ? Array(SchemaTests.whole.utf8) : try file("Manifests/examples/\(base)/policy.yaml")
    let base = try YAMLDocument(text, named: "policy.yaml").value
    for seed in 0..<UInt64(100) {
      let value = Self.value(base, seed: seed)
      let scrambled = ScrambledYAML(value, seed: seed)
      let bytes = Array(scrambled.text.utf8)
      let document = try YAMLDocument(bytes, named: "policy.yaml")
      try #require(CanonicalJSON.encode(document.value) == CanonicalJSON.encode(value), "\(scrambled.text)")
      let formatted = try PolicyFormat.format(document)
      #expect(try CommentedYAML(document).comments.sorted() == scrambled.comments.sorted())
      #expect(try PolicyFormat.format(YAMLDocument(Array(formatted.utf8), named: "policy.yaml")) == formatted)
      guard seed.isMultiple(of: 20) else { continue }
      #expect(try format(scrambled.text) == formatted)
      #expect(try compile(formatted).digest == compile(scrambled.text).digest)
    }
  }
}
