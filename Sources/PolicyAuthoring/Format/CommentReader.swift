// Guarantees: each comment of a text is in the tree once, beside the value by which it stands.
internal import Bytes
internal import StrictJSON
internal import Yams

/// Reads the tree of a text: walks from node to node, and takes the comments that lie in between.
struct CommentReader {
  private var text: CommentCursor

  /// Reads a text whose values were read already, by the same parser's root.
  static func read(_ root: Node, of text: String) throws(YAMLProblem) -> CommentedYAML {
    var reader = CommentReader(text: CommentCursor(text))
    let header = reader.text.lines(upTo: root.mark)
    var element = try reader.element(nil, root, outer: 0)
    element.after += reader.text.lines(upTo: nil)
    return CommentedYAML(header: header, root: element)
  }

  /// - Parameters:
  ///   - outer: the column of what holds the element: a comment there, or further left, is not the element's.
  ///   - isInBrackets: whether brackets hold it, in which indentation means nothing.
  private mutating func element(
    _ key: Node?, _ value: Node, outer: Int, isInBrackets: Bool = false
  ) throws(YAMLProblem) -> CommentedYAML.Element {
    var element = CommentedYAML.Element()
    let start = (key ?? value).mark
    element.before = text.lines(upTo: start)
    let outer = key == nil ? outer : start?.column ?? 1
    if let key, case .scalar(let scalar) = key {
      element.key = try YAMLReader.key(key, at: SourcePlace(key.mark))
      text.skip(scalar, outer: outer)
      element.behind += text.comment(behind: [" ", "\t", ":"])
    }
    // The library's word on the style of lists and mappings is not that of the text.
    let isCollection = if case .scalar = value { false } else { true }
    let hasBrackets = isCollection && text.isBracket(at: value.mark)
    let isBlock = isCollection && !hasBrackets && !isInBrackets
    if !isBlock { element.before += text.lines(upTo: value.mark).filter { $0 != .blank } }
    if hasBrackets { text.advance() }
    let column = value.mark?.column ?? 1
    var elements: [CommentedYAML.Element] = []
    switch value {
    case .scalar(let scalar):
      element.behind += text.skip(scalar, outer: outer)
      element.value = try Self.value(scalar)
    case .sequence(let nodes):
      for node in nodes { elements.append(try self.element(nil, node, outer: column, isInBrackets: !isBlock)) }
      element.value = .list(elements)
    case .mapping(let pairs):
      for (key, node) in pairs { elements.append(try self.element(key, node, outer: column, isInBrackets: !isBlock)) }
      element.value = .mapping(elements)
    case .alias: break
    }
    if isBlock { element.after = text.lines(from: column, beyond: outer) }
    if hasBrackets { element.after = text.linesToBracket() }
    while element.after.last == .blank { element.after.removeLast() }
    if elements.isEmpty {
      // Between brackets with nothing else a comment has no line of its own.
      element.before += element.after.filter { $0 != .blank }
      element.after = []
    }
    if !isBlock { element.behind += text.comment(behind: [" ", "\t", ","]) }
    return element
  }

  private static func value(_ scalar: Node.Scalar) throws(YAMLProblem) -> CommentedYAML.Value {
    let json = try YAMLReader.scalar(scalar, at: SourcePlace(scalar.mark))
    switch json {
    case .null: return .scalar("null")
    case .bool(let bool): return .scalar(String(bool))
    case .integer(let number): return .scalar(String(number))
    case .string(let text):
      switch scalar.style {
      case .literal, .folded: return YAMLText.block(text) ?? .scalar(YAMLText.scalar(text))
      case .any, .plain, .singleQuoted, .doubleQuoted: return .scalar(YAMLText.scalar(text))
      }
    case .array, .object: return .scalar("")
    }
  }
}
