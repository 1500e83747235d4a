import Bytes
@testable import Policy
import Testing

struct PatternTests {
  private static let uid = "3b6f1c52-8a4e-4d0b-9c57-2f61de08a7b3"

  private func matches(_ pattern: ByteString, _ value: ByteString) throws -> Bool {
    var bindings = Bindings()
    return try Pattern(pattern).matches(value, &bindings)
  }

  @Test(
    arguments: [
      (
        "{ipv4}", ["0.0.0.0", "255.255.255.255", "10.244.1.17"],
        ["", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.", "::1", "1.2.3.4\n"]
      ),
      ("{port}", ["1", "443", "65535"], ["", "0", "65536", "-1", "080", "8O", " 80", "80 "]),
      ("{int:2-16}", ["2", "16"], ["1", "17", "02", "2.0", "1e1", "99999999999999999999999"]),
      ("{hex:4}", ["00ff"], ["", "00f", "00fff", "00FF", "00fg"]),
      (
        "{uuid}", ["3b6f1c52-8a4e-4d0b-9c57-2f61de08a7b3"],
        [
          "", "3b6f1c528a4e4d0b9c572f61de08a7b3", "3B6F1C52-8a4e-4d0b-9c57-2f61de08a7b3",
          "3b6f1c52-8a4e-4d0b-9c57-2f61de08a7b33",
        ]
      ),
      (
        "{uid}", ["3b6f1c52-8a4e-4d0b-9c57-2f61de08a7b3", "3b6f1c528a4e4d0b9c572f61de08a7b3"],
        ["", "3b6f1c52_8a4e_4d0b_9c57_2f61de08a7b3", "..", "3b6f"]
      ),
      ("{uidEscaped}", ["3b6f1c52_8a4e_4d0b_9c57_2f61de08a7b3"], ["3b6f1c52-8a4e-4d0b-9c57-2f61de08a7b3"]),
      ("{dnsLabel}", ["a", "a-b", "0"], ["", "-a", "a-", "a.b", "A", "a_b", "a/b", "\u{212A}"]),
      ("{dnsName}", ["a", "a.b", "a-b.c0"], ["", ".", "a.", ".a", "a..b", "a.-b", "A.b"]),
      ("{id}", ["a", "A_b+c-d.e"], ["", ".", "..", "a/b", "a b"]),
      ("{word}", ["a", "A_0"], ["", "a-b", "a b"]),
      ("{text}", ["", "a b/c.;"], ["a\n", "\u{1B}[0m", "\u{E9}"]),
      (
        "/a.b/{dnsLabel}/c", ["/a.b/x/c"],
        ["/a.b//c", "/axb/x/c", "x/a.b/x/c", "/a.b/x/c/d", "/a.b/x/c\n", "/a.b/x/y/c", ""]
      ),
      ("{{{port}}}", ["{80}"], ["80", "{80", "{{80}}"]),
      ("{hex:2}{hex:2}", ["abcd"], ["abc", "abcde"]),
    ] as [(ByteString, [ByteString], [ByteString])])
  func `a pattern stands for the whole value and for its kinds alone`(
    _ pattern: ByteString, _ inside: [ByteString], _ outside: [ByteString]
  ) throws {
    for value in inside { #expect(try matches(pattern, value), "\(value)") }
    for value in outside { #expect(try !matches(pattern, value), "\(value)") }
  }

  @Test(
    arguments: [
      "{", "}", "a{", "{}", "{ipv4", "{ipv5}", "{hex}", "{hex:0}", "{hex:257}", "{hex:x}", "{int:2-1}", "{int:1}",
      "{int:-1-2}", "{name}", "{:ipv4}", "{a b:ipv4}", "{ipv4:ipv4}", "{hex:ipv4}", "{x:y:ipv4}", "{a|b}", "{.*}",
      "{dnsLabel}a", "{dnsLabel}{dnsLabel}", "{port}{hex:2}", "{ipv4}.1", "{text}x", "{word}_HOST", "{id}.scope",
      "{dnsLabel}-{hex:5}",
    ] as [ByteString])
  func `a text with two readings, or none, is no pattern`(_ text: ByteString) {
    #expect(throws: PatternError.self) { try Pattern(text) }
  }

  @Test func `a name has one value wherever it occurs`() throws {
    var bindings = Bindings()
    let path = try Pattern("/pods/{pod.uid}/{a:dnsLabel}/{a:dnsLabel}")
    #expect(!path.matches("/pods/3b6f1c52-8a4e-4d0b-9c57-2f61de08a7b3/x/y", &bindings))
    #expect(bindings == Bindings())
    #expect(path.matches("/pods/3b6f1c52-8a4e-4d0b-9c57-2f61de08a7b3/x/x", &bindings))
    #expect(bindings.values == ["pod.uid": ByteString(Self.uid), "a": "x"])
    #expect(!path.matches("/pods/3b6f1c52-8a4e-4d0b-9c57-2f61de08a7b4/x/x", &bindings))
    let slice = try Pattern("pod{pod.uid:uidEscaped}.slice")
    #expect(slice.matches("pod3b6f1c52_8a4e_4d0b_9c57_2f61de08a7b3.slice", &bindings))
    #expect(!slice.matches("pod3b6f1c52_8a4e_4d0b_9c57_2f61de08a7b4.slice", &bindings))
  }

  @Test func `an alternative that fails binds nothing`() throws {
    var bindings = Bindings()
    let matcher = Matcher.oneOf([
      .pattern(try Pattern("{a:dnsLabel}/x")), .pattern(try Pattern("{a:dnsLabel}/{b:dnsLabel}")),
    ])
    #expect(matcher.matches("p/q", &bindings))
    #expect(bindings.values == ["a": "p", "b": "q"])
    #expect(!Matcher.exact("a").matches("a\u{301}", &bindings))
    #expect(!Matcher.range(1...3).matches("", &bindings))
  }

  @Test func `a long value takes no longer than its length`() throws {
    let clock = ContinuousClock()
    let pattern = try Pattern("/{dnsName}/{dnsName}/{dnsName}/{dnsName}/{text}")
    let value = ByteString(Array("/".utf8) + Array(repeating: UInt8(ascii: "a"), count: 1 << 20))
    var bindings = Bindings()
    #expect(clock.measure { _ = pattern.matches(value, &bindings) } < .seconds(5))
    #expect(bindings == Bindings())
  }

  @Test func `what a value says is never read as a pattern`() throws {
    var bindings = Bindings()
    #expect(try !Pattern("/{a:text}").matches("x", &bindings))
    #expect(try Pattern("/{a:text}").matches("/{ipv4}", &bindings))
    #expect(try !Pattern("/{a:text}").matches("/10.0.0.1", &bindings))
  }
}
