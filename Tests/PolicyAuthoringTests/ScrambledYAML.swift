import Bytes
import StrictJSON

@testable import PolicyAuthoring

/// Numbers that are the same in every run.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// SplitMix64.
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}

/// A value in one of the many ways in which people write it, with comments in every place that takes one.
struct ScrambledYAML {
  private(set) var text = ""
  private(set) var comments: [String] = []
  private var generator: SeededGenerator

  init(_ value: JSONValue, seed: UInt64) {
    generator = SeededGenerator(seed: seed)
    lines(0)
    block(value, 0)
    lines(0)
  }

  private mutating func chance(_ of: Int) -> Bool { Int.random(in: 0..<of, using: &generator) == 0 }

  private mutating func comment() -> String {
    comments.append("# \(comments.count): a [b] {c}, 'd\" # e")
    return comments[comments.count - 1]
  }

  /// Perhaps empty lines and comments, each at a column from the one given on.
  private mutating func lines(_ indent: Int) {
    while chance(6) { text += "\n" }
    while chance(8) {
      text += spaces(indent) + comment() + "\n"
      if chance(3) { text += "\n" }
    }
  }

  private mutating func endLine() { text += (chance(6) ? "  " + comment() : "") + "\n" }

  private func spaces(_ count: Int) -> String { String(repeating: " ", count: count) }

  private mutating func block(_ value: JSONValue, _ indent: Int) {
    switch value {
    case .object(let object) where object.count > 0:
      for (key, member) in object.members.shuffled(using: &generator) {
        lines(indent)
        text += spaces(indent) + scalar(.string(key)) + ":"
        nested(member, indent)
      }
    case .array(let elements) where !elements.isEmpty:
      for element in elements {
        lines(indent)
        text += spaces(indent) + "-"
        nested(element, indent)
      }
    case .object, .array, .null, .bool, .integer, .string: nested(value, indent)
    }
  }

  private mutating func nested(_ value: JSONValue, _ indent: Int) {
    let isEmpty =
      switch value {
      case .object(let object): object.count == 0
      case .array(let elements): elements.isEmpty
      case .null, .bool, .integer, .string: true
      }
    if !isEmpty, chance(2) {
      endLine()
      let isList = if case .array = value { true } else { false }
      block(
        value,
        indent + (isList && chance(2) && indent > 0 && text.isMemberLine ? 0 : Int.random(in: 1...4, using: &generator))
      )
    } else if case .string(let string) = value, !chance(3), let block = literal(string, indent) {
      text += block
    } else {
      text += " "
      flow(value, indent + 1)
      endLine()
    }
  }

  private mutating func literal(_ string: ByteString, _ indent: Int) -> String? {
    guard case .literal(let lines, let indicator)? = YAMLText.block(string) else { return nil }
    let header = " " + indicator + (chance(3) ? " " + comment() : "") + "\n"
    let space = spaces(indent + Int.random(in: 1...4, using: &generator))
    return header + lines.map { $0.isEmpty ? "\n" : space + $0 + "\n" }.joined()
  }

  private mutating func flow(_ value: JSONValue, _ indent: Int) {
    switch value {
    case .object(let object):
      elements("{", "}", object.members.shuffled(using: &generator), indent) { yaml, member, indent in
        yaml.text += yaml.scalar(.string(member.key)) + ": "
        yaml.flow(member.value, indent)
      }
    case .array(let elements):
      self.elements("[", "]", elements, indent) { yaml, element, indent in yaml.flow(element, indent) }
    case .null, .bool, .integer, .string: text += scalar(value)
    }
  }

  private mutating func elements<Element>(
    _ open: String, _ close: String, _ elements: [Element], _ indent: Int,
    _ write: (inout ScrambledYAML, Element, Int) -> Void
  ) {
    text += open
    let hasLines = chance(4)
    func part(_ yaml: inout ScrambledYAML) {
      guard hasLines else { return }
      yaml.endLine()
      yaml.lines(indent)
      yaml.text += yaml.spaces(indent)
    }
    for (index, element) in elements.enumerated() {
      part(&self)
      write(&self, element, indent + 1)
      if index + 1 < elements.count { text += ", " }
    }
    part(&self)
    text += close
  }

  private mutating func scalar(_ value: JSONValue) -> String {
    switch value {
    case .null, .object, .array: return "null"
    case .bool(let bool): return String(bool)
    case .integer(let number): return String(number)
    case .string(let string):
      if chance(3) { return YAMLText.quoted(string) }
      if chance(3), string.bytes.allSatisfy({ (0x20...0x7E).contains($0) }) {
        return "'"
          + String(decoding: string.bytes, as: UTF8.self).split(
            separator: "'", omittingEmptySubsequences: false
          ).joined(separator: "''") + "'"
      }
      return YAMLText.scalar(string)
    }
  }
}

extension String {
  /// Whether what stands last is the key of a member: a list may stand at its column.
  fileprivate var isMemberLine: Bool {
    let line = split(separator: "\n").last ?? ""
    return !line.drop { $0 == " " }.hasPrefix("-")
  }
}
