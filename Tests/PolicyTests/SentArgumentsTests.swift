import Bytes
@testable import Policy
import StrictJSON
import Testing

/// An entry that is passed over unread admits nothing of the command.
struct SentArgumentsTests {
  private static let matchers: [Matcher] = [
    .exact("a"), .exact("ab"), .exact("b{"), .exact("\"\\"), .exact(""), .exact("é"), .exact(","), .exact("]"),
    .range(1...9), .oneOf([.exact("a"), .range(1...3)]),
  ]

  private static let values: [ByteString] = [
    "a", "ab", "b{", "b{{", "\"\\", "", "é", ",", "]", "5", "{word}", "}", "a\",\"a",
  ]

  private static func matches(_ matcher: Matcher, _ value: ByteString) -> Bool {
    var bindings = Bindings()
    return matcher.matches(value, &bindings)
  }

  @Test func `an entry whose arguments agree is never passed over`() throws {
    let matchers = Self.matchers + [.pattern(try Pattern("{word}")), .pattern(try Pattern("a{port}"))]
    var generator = SystemRandomNumberGenerator()
    var (admitted, passed) = (0, 0)
    for round in 0..<40000 {
      let rule = (0..<Int.random(in: 1...4, using: &generator)).map { _ in
        matchers.randomElement(using: &generator) ?? .exact("")
      }
      // By chance few agree: some are made to.
      let sent =
        round % 8 == 0
        ? rule.compactMap { matcher in Self.values.filter { Self.matches(matcher, $0) }.randomElement(using: &generator)
        }
        : (0..<Int.random(in: 0...4, using: &generator)).compactMap { _ in
          Self.values.randomElement(using: &generator)
        }
      let entry = CanonicalJSON.encode(["args": rule.json, "image": "{"])
      let bundle = Array("[".utf8) + entry + Array(",\"{\"]".utf8)
      let isRead = SentArguments(sent).mayBeAdmitted(by: bundle.span, at: 1..<(1 + entry.count))
      var bindings = Bindings()
      let agrees = rule.count == sent.count && zip(rule, sent).allSatisfy { $0.matches($1, &bindings) }
      #expect(isRead || !agrees, "\(rule) \(sent)")
      if agrees { admitted += 1 }
      if !isRead { passed += 1 }
    }
    #expect(admitted > 2000)
    #expect(passed > 10000)
  }

  @Test func `an entry in another form is read`() {
    for text in ["{}", #"{"args" :["a"]}"#, #"{"image":"a"}"#, #"{"ar"#] {
      let bundle = Array(text.utf8)
      let isRead = SentArguments(["a"]).mayBeAdmitted(by: bundle.span, at: 0..<bundle.count)
      #expect(isRead, "\(text)")
    }
  }
}
