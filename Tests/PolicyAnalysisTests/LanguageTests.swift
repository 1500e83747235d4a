import Bytes
@testable import Policy
@testable import PolicyAnalysis
import Testing

struct LanguageTests {
  static let kinds: [HoleKind] = [
    .uid, .uidEscaped, .uuid, .dnsLabel, .dnsName, .ipv4, .port, .id, .word, .text, .hex(3), .int(0, 0), .int(7, 130),
  ]

  @Test(arguments: kinds) func `an example is a value of its kind`(kind: HoleKind) {
    #expect(kind.admits(kind.example.bytes[...]))
    #expect(Machine([.hole(kind)]).accepts(kind.example))
  }

  @Test(arguments: kinds) func `stepping accepts what the kind admits`(kind: HoleKind) throws {
    var generator = SeededGenerator(seed: 1)
    let pattern = try Pattern(ByteString("{\(kind)}"))
    let letters = Array("0012589afgzAZ_-.+ ~/".utf8)
    var accepted = 0
    for _ in 0..<3000 {
      // Values near the kind's own are the ones that tell.
      var bytes = Bool.random(using: &generator) ? kind.example.bytes : []
      for _ in 0..<Int.random(in: 0...4, using: &generator) {
        let letter = letters.randomElement(using: &generator) ?? 0
        let place = Int.random(in: 0...bytes.count, using: &generator)
        if place < bytes.count, Bool.random(using: &generator) {
          bytes[place] = letter
        } else {
          bytes.insert(letter, at: place)
        }
      }
      var bindings = Bindings()
      let isMatch = pattern.matches(ByteString(bytes), &bindings)
      #expect(Machine([.hole(kind)]).accepts(ByteString(bytes)) == isMatch, "\(kind) \(ByteString(bytes))")
      accepted += isMatch ? 1 : 0
    }
    #expect(accepted > 0)
  }

  @Test func `numbers are those of the range`() {
    for range in [-12...(-3), -1...1, 0...0, 5...123, -100...7, -1...(-1), 99...100] as [ClosedRange<Int64>] {
      let machine = Machine([.number(Decimal(range))])
      for number in Int64(-130)...130 { #expect(machine.accepts(ByteString("\(number)")) == range.contains(number)) }
      for text in ["", "-", "-0", "00", "01", "+1", "1 ", "--1", "1-"] { #expect(!machine.accepts(ByteString(text))) }
    }
  }

  @Test(arguments: [
    ("{uuid}", "{uid}", true), ("{uid}", "{uuid}", false), ("{dnsLabel}", "{dnsName}", true),
    ("{dnsName}", "{dnsLabel}", false), ("{ipv4}", "{dnsName}", true), ("{port}", "{int:0-65535}", true),
    ("{int:0-65535}", "{port}", false), ("{hex:8}", "{word}", true), ("{word}", "{id}", true),
    ("{id}", "{word}", false),
    ("/a/{dnsLabel}/b", "/a/{dnsLabel}/{word}", true), ("/a/{dnsLabel}/{word}", "/a/{dnsLabel}/b", false),
    ("x{text}", "{text}", false), ("{dnsLabel}", "{text}", true), ("{int:10-99}", "{int:5-200}", true),
    ("a{text}", "b{text}", false),
  ]) func `one pattern includes another`(left: ByteString, right: ByteString, isIncluded: Bool) throws {
    let (left, right) = (Matcher.pattern(try Pattern(left)), Matcher.pattern(try Pattern(right)))
    let inclusion = Inclusion([left], in: [right], names: [:])
    guard !isIncluded else { return #expect(inclusion == .included) }
    guard case .outside(let value) = inclusion else { Issue.record("\(inclusion)"); return }
    var bindings = Bindings()
    #expect(left.matches(value, &bindings))
    bindings = Bindings()
    #expect(!right.matches(value, &bindings))
  }

  @Test func `a list is included in what its parts are included in together`() throws {
    let parts: [Matcher] = [.range(1...5), .exact("x"), .range(6...9)]
    #expect(Inclusion([.range(1...9)], in: [.oneOf(parts)], names: [:]) == .included)
    #expect(Inclusion([.oneOf(parts)], in: [.range(1...9)], names: [:]) == .outside("x"))
  }

  @Test func `a named hole is not included in one of another name`() throws {
    let named = Matcher.pattern(try Pattern("{a:word}"))
    let other = Matcher.pattern(try Pattern("{b:word}"))
    let nameless = Matcher.pattern(try Pattern("{word}"))
    let names: [ByteString: ByteString] = ["a": "x", "b": "y"]
    #expect(Inclusion([named], in: [nameless], names: names) == .included)
    #expect(Inclusion([named], in: [named], names: names) == .included)
    #expect(Inclusion([named], in: [other], names: names) == .outside("x"))
    #expect(Inclusion([nameless], in: [named], names: names) != .included)
  }
}
