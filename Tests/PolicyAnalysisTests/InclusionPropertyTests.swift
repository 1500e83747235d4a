import Bytes
@testable import Policy
@testable import PolicyAnalysis
import Testing

/// Thousands of matchers against one another: what inclusion says must be what matching says.
struct InclusionPropertyTests {
  private static let literals: [ByteString] = ["/", "a", "-", "1", "x.y", "/srv/", "10", "_", "f", "{{"]
  private static let kinds: [HoleKind] = [
    .dnsLabel, .dnsName, .ipv4, .port, .word, .id, .hex(2), .hex(8), .int(1, 16), .int(0, 255), .int(8, 120), .uuid,
    .uid,
  ]

  private static func matcher(_ generator: inout SeededGenerator, canBeList: Bool = true) -> Matcher {
    switch Int.random(in: 0..<(canBeList ? 8 : 6), using: &generator) {
    case 0:
      let bounds = [Int64.random(in: -20...120, using: &generator), Int64.random(in: -20...120, using: &generator)]
      return .range(min(bounds[0], bounds[1])...max(bounds[0], bounds[1]))
    case 1: return .exact(literals.randomElement(using: &generator) ?? "")
    case 2...5:
      while true {
        var text: ByteString = ""
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
          if Bool.random(using: &generator) {
            text = text + (literals.randomElement(using: &generator) ?? "")
          } else {
            text = text + ByteString("{\(kinds.randomElement(using: &generator) ?? .word)}")
          }
        }
        do { return .pattern(try Pattern(text)) } catch { continue }
      }
    case _: return .oneOf((0..<3).map { _ in matcher(&generator, canBeList: false) })
    }
  }

  /// A value of the matcher, found on a way of its own; nil where the way leads nowhere.
  private static func value(_ machine: Machine, _ generator: inout SeededGenerator) -> ByteString? {
    let alphabet = Alphabet([machine]).bytes
    var cursor = Machine.Cursor()
    var bytes: [UInt8] = []
    for _ in 0..<64 {
      if machine.accepts(cursor), Int.random(in: 0..<4, using: &generator) == 0 { break }
      let next = alphabet.shuffled(using: &generator).lazy.compactMap { byte in
        machine.step(cursor, byte).map { (byte, $0) }
      }.first
      guard let next else { break }
      bytes.append(next.0)
      cursor = next.1
    }
    return machine.accepts(cursor) ? ByteString(bytes) : nil
  }

  private static func admits(_ matcher: Matcher, _ value: ByteString) -> Bool {
    var bindings = Bindings()
    return matcher.matches(value, &bindings)
  }

  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func `inclusion and overlap agree with matching`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    var (included, outside, undecided) = (0, 0, 0)
    for _ in 0..<2500 {
      let (left, right) = (Self.matcher(&generator), Self.matcher(&generator))
      let values = Language([left]).machines.flatMap { machine in
        (0..<4).compactMap { _ in Self.value(machine, &generator) }
      }
      for value in values { #expect(Self.admits(left, value), "\(left) \(value)") }
      switch Inclusion([left], in: [right], names: [:]) {
      case .included:
        included += 1
        for value in values { #expect(Self.admits(right, value), "\(left) in \(right): \(value)") }
      case .outside(let value):
        outside += 1
        #expect(Self.admits(left, value) && !Self.admits(right, value), "\(left) in \(right): \(value)")
      // Beyond the bound of the search, which is taken for outside.
      case .undecided: undecided += 1
      }
      switch Language([left]).member(sharedWith: Language([right])) {
      case .found(let value):
        #expect(Self.admits(left, value) && Self.admits(right, value), "\(left) \(right) \(value)")
      case .none: for value in values { #expect(!Self.admits(right, value), "\(left) \(right) \(value)") }
      case .exhausted: Issue.record("\(left) \(right)")
      }
      #expect(Inclusion([left], in: [left, right], names: [:]) == .included)
    }
    #expect(included > 50 && outside > 1000 && undecided < 5, "\(included) \(outside) \(undecided)")
  }
}
