import Bytes
@testable import Policy
import RuntimeSpec
import StrictJSON
import Testing

/// Commands against a bundle that is read in parts; the other suites ask both for each decision of theirs.
struct BundleIndexTests {
  /// `embed` among others: some with patterns among their arguments, some that admit the same command.
  private func pod() throws -> Pod {
    let embed = try #require(try StrictJSON.parse(try fixture("embeddings.json"))["/containers/embed"])
    return try Pod(changing: [
      ("/containers/a-pattern", embed.replacing("/args/0", with: "{word}")),
      ("/containers/b-list", embed.replacing("/args/0", with: ["oneOf": ["x", "y{{"]])),
      ("/containers/c-longer", embed.replacing("/args/1", with: "more")),
      ("/containers/same", embed), ("/containers/y-brace", embed.replacing("/args/0", with: "y{{")),
      ("/containers/z-range", embed.replacing("/args/0", with: ["range": [1, 9]])),
    ])
  }

  @Test(arguments: ["x", "y{", "5", "10", "python3", "\u{e9}\"\\", ""] as [ByteString])
  private func `arguments of any kind find the same entry`(_ argument: ByteString) throws {
    let pod = try pod()
    let annotation: JSONPointer = "/annotations/io.kubernetes.cri.container-name"
    for name in [nil, "embed", "b-list", "sandbox", "nobody"] as [ByteString?] {
      // Each decision is that of the whole policy: see Pod.
      _ = try pod.evaluate(changing: [("/process/args/0", .string(argument)), (annotation, name.map { .string($0) })])
    }
    _ = try pod.evaluate(changing: [("/process/args", [])])
    _ = try pod.evaluate(changing: [("/process", nil)])
  }

  /// `embed` and as many copies of it as make the bundle tell how long they are.
  private func largeBundle() throws -> [UInt8] {
    let document = try StrictJSON.parse(try fixture("embeddings.json"))
    let embed = try #require(document["/containers/embed"])
    let copies = (1...20).reduce(document) { document, number in
      document.replacing(
        "/containers" / ByteString("copy-\(number)"),
        with: embed.replacing("/args/0", with: .string(ByteString("x\(number)"))))
    }
    return try Policy(json: copies).canonicalBundle()
  }

  @Test func `a large bundle tells how long its entries are`() throws {
    let bundle = try largeBundle()
    let policy = try Policy.decode(bundle: bundle)
    let index = try BundleIndex(bundle: bundle)
    #expect(index.containers.map { index.name(of: $0) } == policy.containers.keys.sorted())
    for container in index.containers {
      let entry = try #require(policy.containers[index.name(of: container)])
      #expect(Array(bundle[container.value]) == CanonicalJSON.encode(entry.json))
    }
    let pod = try Pod()
    let create = try pod.create(Pod.containerID, pod.containerDocument)
    let (ofIndex, ofPolicy) = try (index.evaluate(create, on: pod.node()), policy.evaluate(create, on: pod.node()))
    #expect(ofIndex.entry == "embed")
    #expect(ofIndex.entry == ofPolicy.entry)
    #expect(ofIndex.violations == ofPolicy.violations)
    #expect(!ByteString(policyOfOneEntry: policy).contains("containerSizes"))
  }

  @Test func `a bundle that tells other lengths is none`() throws {
    let bundle = ByteString(try largeBundle())
    let marker: ByteString = #""containerSizes":["#
    let (before, after) = try #require(bundle.splitting(at: marker))
    let (sizes, rest) = try #require(after.splitting(at: "]"))
    let all = sizes.split(UInt8(ascii: ","))
    func joined(_ sizes: [ByteString]) -> [UInt8] {
      (before + marker + ByteString(Array(sizes.map(\.bytes).joined(separator: [UInt8(ascii: ",")]))) + "]" + rest)
        .bytes
    }
    #expect(joined(all) == bundle.bytes)
    let wrong = [
      Array(all.dropLast()), all + ["2"], ["2"] + all.dropFirst(), ["0"] + all.dropFirst(), ["-1"] + all.dropFirst(),
      ["9223372036854775807"] + all.dropFirst(), ["null"] + all.dropFirst(), [],
    ]
    for sizes in wrong {
      let changed = joined(sizes)
      #expect(throws: JSONError.self, "\(sizes)") { try Policy.decode(bundle: changed) }
      #expect(throws: JSONError.self, "\(sizes)") { try BundleIndex(bundle: changed) }
    }
    let without = (before + ByteString(Array(rest.bytes.dropFirst()))).bytes
    #expect(throws: JSONError.self) { try Policy.decode(bundle: without) }
  }

  @Test func `a part that is broken is no policy for the commands that need it`() throws {
    let text = ByteString(CanonicalJSON.encode(try StrictJSON.parse(try fixture("embeddings.json"))))
    func index(_ changed: ByteString, _ to: ByteString) throws -> BundleIndex {
      let (before, after) = try #require(text.splitting(at: changed))
      return try BundleIndex(bundle: (before + to + after).bytes)
    }
    let pod = try Pod()
    let create = try pod.create(Pod.containerID, pod.containerDocument)
    for (changed, broken) in [
      (#""hashOffset":"#, #""hashOffset":-"#), (#""x86_64":""#, #""x86_64":"="#), (#""signals":["#, #""signals":[0,"#),
      (#""mount":["new"]"#, #""mount":["node"]"#), (#"{"args":["#, #"{"args":[1,"#),
    ] as [(ByteString, ByteString)] {
      let broken = try index(changed, broken)
      #expect(throws: JSONError.self, "\(changed)") { try broken.evaluate(create, on: try pod.node()) }
    }
    for trailing in ["\n", " ", "}", "{}", "\0"] as [ByteString] {
      #expect(throws: JSONError.self, "\(trailing)") { try BundleIndex(bundle: (text + trailing).bytes) }
    }
    for (changed, broken) in [
      (#""kind":"#, #""king":"#), (#""version":7"#, #""version":"7""#), (#"{"apiVersion""#, #" {"apiVersion""#),
      (#""containers":"#, #""apiVersion":"#), (#""mode":"enforce""#, #""mode":"Enforce""#),
    ] as [(ByteString, ByteString)] {
      #expect(throws: JSONError.self, "\(changed)") { try index(changed, broken) }
    }
  }
}

extension ByteString {
  fileprivate init(policyOfOneEntry policy: Policy) {
    var policy = policy
    policy.containers = policy.containers.filter { $0.key == "embed" }
    self.init(policy.canonicalBundle())
  }

  fileprivate func contains(_ part: ByteString) -> Bool { splitting(at: part) != nil }

  /// What stands before and behind the first occurrence.
  fileprivate func splitting(at part: ByteString) -> (ByteString, ByteString)? {
    for start in 0..<max(0, count - part.count) where bytes[start...].starts(with: part.bytes) {
      return (ByteString(bytes[..<start]), ByteString(bytes[(start + part.count)...]))
    }
    return nil
  }
}
