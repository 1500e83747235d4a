internal import Bytes

extension CommentedYAML {
  /// The longest line that several values may share, in bytes.
  private static let width = 120

  /// The lines of the text in a layout.
  func lines(_ layout: PolicyLayout) -> [String] {
    let body =
      layout.hasLines(root) ? root.children(layout, indent: 0) : [root.inline(layout) ?? ""] + Self.text(root.after, 0)
    let lines = Self.text(header, 0) + Self.text(root.before, 0) + body
    return lines.drop { $0.isEmpty }.reversed().drop { $0.isEmpty }.reversed()
  }

  fileprivate static func text(_ lines: [Line], _ indent: Int) -> [String] {
    lines.map { line in
      switch line {
      case .blank: ""
      case .comment(let text): spaces(indent) + text
      }
    }
  }

  fileprivate static func spaces(_ count: Int) -> String { String(repeating: " ", count: count) }

  fileprivate static func fits(_ line: String) -> Bool { line.utf8.count <= width }
}

extension CommentedYAML.Element {
  private typealias Tree = CommentedYAML

  /// The elements of the value, a line or more each, and what stands below them.
  fileprivate func children(_ layout: PolicyLayout, indent: Int) -> [String] {
    let isList = if case .list = value { true } else { false }
    var lines: [String] = []
    func add(_ more: [String]) {
      // An empty line parts elements: above the first there is nothing to part, and one is enough.
      lines += lines.last?.isEmpty ?? true ? Array(more.drop { $0.isEmpty }) : more
    }
    for (element, layout) in layout.elements(of: value) {
      add(isList ? element.hoisted(layout).item(layout, indent: indent) : element.member(layout, indent: indent))
    }
    add(Tree.text(after, indent))
    return lines
  }

  private func member(_ layout: PolicyLayout, indent: Int) -> [String] {
    let head = Tree.spaces(indent) + YAMLText.scalar(key ?? "") + ":"
    let comment = behind.count == 1 ? " " + behind[0] : ""
    if let text = line(layout, after: head + " ") { return above(indent) + [text + comment] + Tree.text(after, indent) }
    switch value {
    case .literal(let lines, let indicator):
      return above(indent) + ["\(head) \(indicator)\(comment)"] + block(lines, indent)
    case .list: return above(indent) + [head + comment] + children(layout, indent: indent)
    case .mapping, .scalar: return above(indent) + [head + comment] + children(layout, indent: indent + 2)
    }
  }

  private func item(_ layout: PolicyLayout, indent: Int) -> [String] {
    let dash = Tree.spaces(indent) + "- "
    let comment = behind.count == 1 ? " " + behind[0] : ""
    if let text = line(layout, after: dash) { return above(indent) + [text + comment] + Tree.text(after, indent) }
    if case .literal(let lines, let indicator) = value {
      return above(indent) + [dash + indicator + comment] + block(lines, indent)
    }
    // The dash takes the place of the first member's indentation.
    let inner = children(layout, indent: indent + 2)
    return above(indent) + Tree.text(behind.count == 1 ? [.comment(behind[0])] : [], indent)
      + inner.prefix(1).map { dash + $0.dropFirst(indent + 2) } + inner.dropFirst()
  }

  /// What stands above the element: also the comments behind it where those are several, so that none is lost.
  private func above(_ indent: Int) -> [String] {
    Tree.text(before + (behind.count > 1 ? behind.map(CommentedYAML.Line.comment) : []), indent)
  }

  private func block(_ lines: [String], _ indent: Int) -> [String] {
    lines.map { $0.isEmpty ? "" : Tree.spaces(indent + 2) + $0 }
  }

  /// The value in one line with what stands before it, where it may stand there.
  private func line(_ layout: PolicyLayout, after head: String) -> String? {
    guard !layout.hasLines(self), let text = inline(layout) else { return nil }
    return elements.isEmpty || Tree.fits(head + text) ? head + text : nil
  }

  /// The value in one line; nil where it needs more.
  fileprivate func inline(_ layout: PolicyLayout) -> String? {
    if case .scalar(let text) = value { return text }
    guard !needsLines else { return nil }
    var parts: [String] = []
    for (element, layout) in layout.elements(of: value) {
      guard let text = element.inline(layout) else { return nil }
      parts.append(element.key.map { "\(YAMLText.scalar($0)): \(text)" } ?? text)
    }
    let text = parts.joined(separator: ", ")
    if case .list = value { return "[\(text)]" }
    return "{\(text)}"
  }
}
