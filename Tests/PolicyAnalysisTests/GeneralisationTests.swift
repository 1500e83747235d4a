import Bytes
import Policy
import PolicyAuthoring
import StrictJSON
import Testing

@testable import PolicyAnalysis

struct GeneralisationTests {
  private static let first: ByteString = "3b6f1c52-8a4e-4d0b-9c57-2f61de08a7b3"
  private static let second: ByteString = "91c7e2aa-0d4f-4f1e-8d43-6a5b7c8d9e0f"

  private func text(_ values: [ByteString?], _ contexts: [[ByteString: ByteString]]? = nil) throws -> String {
    let place = LearnedValues.Place(pointer: "/x", name: nil, values: values, isOptional: values.contains(nil))
    return try LearnedValues([place], contexts ?? values.map { _ in [:] })["/x"]
  }

  @Test(
    arguments: [
      (["a", "a"], "a"), (["8080", "8080"], "\"8080\""), (["1", "16", "4"], "{range: [1, 16]}"),
      (["a", "b"], "{oneOf: [a, b]}"), (["10.0.0.5", "10.0.0.7"], "{pattern: \"{ipv4}\"}"),
      (["tcp://10.0.0.5:80", "tcp://10.0.1.5:443"], "{pattern: \"tcp://{ipv4}:{int:80-443}\"}"),
      (["worker-3", "worker-12"], "{pattern: \"worker-{int:3-12}\"}"),
      (["worker-3", "helper-3"], "{oneOf: [worker-3, helper-3]}"),
      (["/run/0123456789abcdef", "/run/0123456789abcd00"], "{pattern: \"/run/{hex:16}\"}"),
      (["0123456789", "012345678a"], "{pattern: \"{hex:10}\"}"), (["ab", "cd"], "{oneOf: [ab, cd]}"),
      (
        ["--job=3b6f1c52-8a4e-4d0b-9c57-2f61de08a7b3", "--job=91c7e2aa-0d4f-4f1e-8d43-6a5b7c8d9e0f"],
        "{pattern: \"--job={uuid}\"}"
      ),
      (["{1}", "{2}"], "{pattern: \"{{{int:1-2}}}\"}"), (["a b", "a b c"], "{oneOf: [\"a b\", \"a b c\"]}"),
      (["01", "02"], "{oneOf: [\"01\", \"02\"]}"), (["", "x"], "{oneOf: [\"\", x]}"),
      (["1", nil], "{value: \"1\", optional: true}"), (["1", nil, "3"], "{range: [1, 3], optional: true}"),
    ] as [([ByteString?], String)])
  func `the narrowest rule that several values have is chosen`(values: [ByteString?], expected: String) throws {
    #expect(try text(values) == expected)
  }

  @Test func `a name of the platform is narrower than any hole`() throws {
    let contexts: [[ByteString: ByteString]] = [
      ["pod.uid": Self.first, "pod.name": "web-1"], ["pod.uid": Self.second, "pod.name": "web-2"],
    ]
    #expect(try text(["/data/" + Self.first, "/data/" + Self.second], contexts) == "{pattern: \"/data/{pod.uid}\"}")
    #expect(try text(["web-1", "web-2"], contexts) == "{pattern: \"{pod.name}\"}")
    // Of another pod.
    #expect(try text(["/data/" + Self.second, "/data/" + Self.first], contexts) == "{pattern: \"/data/{uuid}\"}")
  }

  @Test func `whatever is chosen admits each value and little else`() throws {
    var generator = SeededGenerator(seed: 4)
    typealias Piece = (inout SeededGenerator) -> String
    let digits: Piece = { generator in
      String((0..<12).compactMap { _ in "0123456789abcdef".randomElement(using: &generator) })
    }
    let address: Piece = { generator in
      (0..<4).map { _ in "\(UInt8.random(in: 0...255, using: &generator))" }.joined(separator: ".")
    }
    let pieces: [Piece] = [
      { "\(Int.random(in: 0...300, using: &$0))" }, { ["a", "web", "x-y", "", "0"].randomElement(using: &$0) ?? "" },
      { ["/", ":", "=", "-", "."].randomElement(using: &$0) ?? "/" }, digits, address,
    ]
    for _ in 0..<3000 {
      let kinds = (0..<Int.random(in: 1...4, using: &generator)).map { _ in
        Int.random(in: 0..<pieces.count, using: &generator)
      }
      let values: [ByteString] = (0..<Int.random(in: 2...4, using: &generator)).map { _ in
        ByteString(kinds.map { pieces[$0](&generator) }.joined())
      }
      let rule = try matcher(try text(values))
      for value in values {
        var bindings = Bindings()
        #expect(rule.matches(value, &bindings), "\(rule) \(value)")
      }
      var bindings = Bindings()
      #expect(!rule.matches(ByteString("\(values[0])!"), &bindings), "\(rule)")
    }
  }

  /// What an author's text means.
  private func matcher(_ text: String) throws -> Matcher {
    func string(_ json: JSONValue) throws -> ByteString { try ByteString(json: json) }
    switch try YAMLDocument(Array(text.utf8), named: "rule").decode(JSONValue.self) {
    case .object(let object):
      if let pattern = object["pattern"] { return .pattern(try Pattern(try string(pattern))) }
      if let list = object["oneOf"] { return .oneOf(try [ByteString](json: list).map(Matcher.exact)) }
      let bounds = try [Int64](json: try #require(object["range"]))
      return .range(bounds[0]...bounds[1])
    case let json: return .exact(try string(json))
    }
  }
}
