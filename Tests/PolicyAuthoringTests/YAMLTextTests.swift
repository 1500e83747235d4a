import Bytes
import Policy
import PolicyAuthoring
import Testing

/// What is written for a person is read back as the same bytes.
struct YAMLTextTests {
  static let values = [
    "", " ", "x", "/a b", "8080", "0755", "0x1f", "1e3", "1.5", "1:30", "yes", "No", "true", "null", "~", "-", "--a",
    "---",
    "a: b", "a:", "a #b", "#a", "a,b", "[a]", "{a}", "a'b", "a\"b", "a\\b", "a\nb\n", "\t", "\r\n", "\u{1}", "\u{7F}",
    "\u{85}",
    "é", "\u{1F600}", "*a", "&a", "!a", "%a", "@a", "`a", "|", ">", "=", "a=b", ".inf", "../a", "$(A)",
    "http://x:80/?a=b",
  ]

  @Test(arguments: values)
  func `a value comes back as it was`(value: String) throws {
    let argument = value.unicodeScalars.map { "\\U" + hex($0.value) }.joined()
    let text = try generate(pod("args: [\"\(argument)\"]\n    workingDir: /"))
    let policy = try compile(text).policy
    #expect(policy.containers["box"]?.process.arguments == [.exact(ByteString(value))], "\(text)")
  }

  private func hex(_ number: UInt32) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }
}
