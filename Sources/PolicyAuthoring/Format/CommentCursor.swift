internal import Yams

/// A place in a YAML text that moves on over nodes, and takes the comments that it comes by.
struct CommentCursor {
  private let text: [Unicode.Scalar]
  /// Where each line starts, as the parser counts lines.
  private let lines: [Int]
  private var offset = 0

  init(_ text: String) {
    self.text = Array(text.unicodeScalars)
    var lines = [0]
    for (index, scalar) in self.text.enumerated() where scalar.isBreak {
      // A carriage return and a line feed are one break.
      if scalar == "\r", index + 1 < self.text.count, self.text[index + 1] == "\n" { continue }
      lines.append(index + 1)
    }
    self.lines = lines
  }

  private var next: Unicode.Scalar? { offset < text.count ? text[offset] : nil }

  private func offset(of mark: Mark?) -> Int {
    mark.map { min(lines[$0.line - 1] + $0.column - 1, text.count) } ?? text.count
  }

  /// Whether a node starts with a bracket.
  func isBracket(at mark: Mark?) -> Bool { ["[", "{"].contains(text.dropFirst(offset(of: mark)).first) }

  mutating func advance() { offset += 1 }

  /// The comments and empty lines up to a node, or to the end of the text.
  mutating func lines(upTo mark: Mark?) -> [CommentedYAML.Line] {
    let end = offset(of: mark)
    return takeLines { $0 >= end }
  }

  /// The comments of a list or mapping in brackets that stand behind its last element; the bracket is passed.
  mutating func linesToBracket() -> [CommentedYAML.Line] {
    let text = text
    let found = takeLines { text[$0] == "]" || text[$0] == "}" }
    advance()
    return found
  }

  /// The comments from a column on, until one stands further left or at the column that is not to be passed.
  mutating func lines(from column: Int, beyond outer: Int) -> [CommentedYAML.Line] {
    var taken: [CommentedYAML.Line] = []
    while true {
      let start = offset
      let text = text
      var found = takeLines { !text[$0].isSpace }
      guard next == "#" else {
        offset = start
        return taken
      }
      let at = offset - (lines.last { $0 <= offset } ?? 0) + 1
      guard at >= column, at > outer else {
        offset = start
        return taken
      }
      found.append(.comment(takeComment()))
      taken += found
    }
  }

  /// A comment on the same line, behind nothing but some characters.
  mutating func comment(behind passed: [Unicode.Scalar]) -> [String] {
    var index = offset
    while index < text.count, passed.contains(text[index]) { index += 1 }
    guard index < text.count, text[index] == "#", index > offset else { return [] }
    offset = index
    return [takeComment()]
  }

  private mutating func takeLines(until isEnd: (Int) -> Bool) -> [CommentedYAML.Line] {
    var found: [CommentedYAML.Line] = []
    // Line breaks since the last line with something on it.
    var breaks = offset == 0 ? 1 : 0
    while offset < text.count, !isEnd(offset) {
      switch text[offset] {
      case "#":
        if breaks > 1 { found.append(.blank) }
        breaks = 0
        found.append(.comment(takeComment()))
      case "\r" where offset + 1 < text.count && text[offset + 1] == "\n": offset += 1
      case let scalar:
        if scalar.isBreak { breaks += 1 }
        offset += 1
      }
    }
    if breaks > 1 { found.append(.blank) }
    return found
  }

  private mutating func takeComment() -> String {
    let end = text[offset...].firstIndex(where: \.isBreak) ?? text.count
    var comment = text[offset..<end]
    while let last = comment.last, last.isSpace { comment.removeLast() }
    offset = end
    return String(String.UnicodeScalarView(comment))
  }

  /// Passes a scalar; tells of the comment behind the indicator of a block.
  @discardableResult
  mutating func skip(_ scalar: Node.Scalar, outer: Int) -> [String] {
    switch scalar.style {
    case .doubleQuoted: skipQuoted("\"")
    case .singleQuoted: skipQuoted("'")
    case .literal, .folded: return skipBlock(outer: outer)
    case .any, .plain:
      for character in scalar.string.unicodeScalars where !character.isSpace {
        while let found = next, found != character { advance() }
        advance()
      }
    }
    return []
  }

  private mutating func skipQuoted(_ quote: Unicode.Scalar) {
    advance()
    while let found = next {
      advance()
      if found == "\\", quote == "\"" { advance() }
      guard found == quote else { continue }
      guard quote == "'", next == "'" else { return }
      advance()
    }
  }

  /// Passes a block: what is indented as its first line is, or is empty.
  private mutating func skipBlock(outer: Int) -> [String] {
    var digit: Int?
    while let found = next, !found.isSpace {
      if let value = found.properties.numericType == .decimal ? Int(String(found)) : nil { digit = value }
      advance()
    }
    let comment = comment(behind: [" ", "\t"])
    var indentation = digit.map { outer - 1 + $0 }
    guard let line = lines.firstIndex(where: { $0 > offset }) else { return comment }
    for (start, end) in zip(lines[line...], lines[(line + 1)...] + [text.count]) {
      let content = text[start..<end]
      let spaces = content.prefix { $0 == " " }.count
      guard let last = content.lastIndex(where: { !$0.isSpace }) else { continue }
      guard spaces >= indentation ?? outer else { break }
      if indentation == nil { indentation = spaces }
      // The line's end is left: it parts the block from what follows.
      offset = last + 1
    }
    return comment
  }
}

extension Unicode.Scalar {
  /// Whether the parser starts a line after it.
  fileprivate var isBreak: Bool { ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"].contains(self) }

  fileprivate var isSpace: Bool { self == " " || self == "\t" || isBreak }
}
